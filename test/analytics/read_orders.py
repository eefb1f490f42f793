"""Reads stored orders with DuckDB through the S3 endpoint; prints the sums of each topic and directory as JSON.

Arguments: endpoint, bucket, and the topics as JSON: [{"topic", "format", "codec", "values"}].

DuckDB's own S3 extension has to be downloaded from a host of its own, so DuckDB reads through a registered fsspec file system instead: the same
requests to the same endpoint, with DuckDB's own readers of JSON, gzip, zstd and Parquet. Two things no DuckDB without extensions reads: Avro, which
fastavro reads, and Hadoop's framing of snappy, which is unpacked before DuckDB sees the lines.
"""
import io
import json
import sys

import cramjam
import duckdb
import fastavro
import fsspec
import pyarrow
import pyarrow.dataset
import pyarrow.parquet

endpoint, bucket, topics = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
s3 = fsspec.filesystem("s3", key="test", secret="testsecret", client_kwargs={"endpoint_url": endpoint, "region_name": "us-east-1"})
memory = fsspec.filesystem("memory")
db = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
db.register_filesystem(s3)
db.register_filesystem(memory)
hive = "hive_partitioning=true, hive_types_autocast=false"


def sums(source: str, placed: str) -> dict:
    rows = db.execute(f"""
        select ot, count(*), sum(orderid)::varchar, sum(orderunits)::double, sum(price)::double, sum({placed})::varchar, count(distinct address.city)
        from {source} group by ot""").fetchall()
    names = ("count", "orderid", "orderunits", "price", "placed", "cities")
    return {ot: dict(zip(names, row)) for ot, *row in rows}


def directory_of(path: str) -> str:
    return next(part[3:] for part in path.split("/") if part.startswith("ot="))


def unpacked_snappy(path: str) -> None:
    """Blocks as Hadoop's SnappyCodec writes them: length of the block, then length and bytes of each compressed piece."""
    body, at, out = s3.cat_file(path), 0, []
    while at < len(body):
        size = int.from_bytes(body[at + 4:at + 8], "big")
        out.append(bytes(cramjam.snappy.decompress_raw(body[at + 8:at + 8 + size])))
        at += 8 + size
    memory.pipe_file("/" + path, b"".join(out))


def avro_table(paths: list) -> pyarrow.Table:
    rows = []
    for path in paths:
        for row in fastavro.reader(io.BytesIO(s3.cat_file(path))):
            rows.append({**row, "ot": directory_of(path)})
    return pyarrow.Table.from_pylist(rows)


def read(topic: dict) -> dict:
    prefix = f"{bucket}/topics/{topic['topic']}"
    where = f"s3://{prefix}/ot=*/*"
    if topic["format"] == "parquet":
        return sums(f"read_parquet('{where}', {hive})", "epoch_ms(placed)" if topic["values"] == "typed" else "placed")
    if topic["format"] == "avro":
        db.register("avro_orders", avro_table(s3.glob(f"{prefix}/ot=*/*")))
        return sums("avro_orders", "epoch_ms(placed)")
    codec = topic["codec"]
    if codec == "snappy":
        for path in s3.glob(f"{prefix}/ot=*/*"):
            unpacked_snappy(path)
        where, codec = f"memory://{prefix}/ot=*/*", "none"
    return sums(f"read_json('{where}', format='newline_delimited', compression='{codec}', {hive})", "placed")


def with_arrow(topic: dict) -> dict:
    """What PyArrow itself makes of Parquet files: the schema, and rows by directory."""
    prefix = f"{bucket}/topics/{topic['topic']}"
    for path in s3.glob(f"{prefix}/ot=*/*"):
        with s3.open(path) as file:
            pyarrow.parquet.ParquetFile(file).read().validate(full=True)
    partitioning = pyarrow.dataset.partitioning(pyarrow.schema([("ot", pyarrow.string())]), flavor="hive")
    table = pyarrow.dataset.dataset(prefix, filesystem=s3, format="parquet", partitioning=partitioning).to_table()
    counts = table.group_by("ot").aggregate([([], "count_all")]).to_pylist()
    return {
        "schema": {field.name: str(field.type) for field in table.schema},
        "counts": {row["ot"]: row["count_all"] for row in counts},
    }


print(json.dumps({
    "sums": {topic["topic"]: read(topic) for topic in topics},
    "arrow": {topic["topic"]: with_arrow(topic) for topic in topics if topic["format"] == "parquet"},
}))
