"""Reads stored orders with DuckDB through the S3 endpoint; prints the sums of each topic and directory as JSON.

Arguments: endpoint, bucket, and the topics as JSON: [{"topic", "format", "codec", "values"}].

DuckDB reads S3 and Avro by its own extensions, which come from PyPI here. Two things it does not know: Hadoop's framing of snappy, which is
unpacked before it sees the lines, and zstandard in Avro, which fastavro reads.
"""
import importlib.util
import json
import pathlib
import sys
import tempfile
import urllib.parse

import duckdb
import fastavro
import pyarrow
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet

endpoint, bucket, topics = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
host = urllib.parse.urlsplit(endpoint).netloc
s3 = pyarrow.fs.S3FileSystem(access_key="test", secret_key="testsecret", region="us-east-1", scheme="http", endpoint_override=host)
db = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
for extension in ("httpfs", "avro"):
    package = pathlib.Path(importlib.util.find_spec(f"duckdb_extension_{extension}").origin).parent
    db.load_extension(str(next(package.glob(f"extensions/*/{extension}.duckdb_extension"))))
db.execute(f"create secret (type s3, key_id 'test', secret 'testsecret', region 'us-east-1', endpoint '{host}', url_style 'path', use_ssl false)")
hive = "hive_partitioning=true, hive_types_autocast=false"


def sums(source: str, placed: str, price: str = "price") -> dict:
    rows = db.execute(f"""
        select ot, count(*), sum(orderid)::varchar, sum(orderunits)::double, sum({price})::double, sum({placed})::varchar, count(distinct address.city)
        from {source} group by ot""").fetchall()
    names = ("count", "orderid", "orderunits", "price", "placed", "cities")
    return {ot: dict(zip(names, row)) for ot, *row in rows}


def directory_of(path: str) -> str:
    return next(part[3:] for part in path.split("/") if part.startswith("ot="))


def files(prefix: str) -> list:
    return [info.path for info in s3.get_file_info(pyarrow.fs.FileSelector(prefix, recursive=True)) if info.is_file]


def unpacked_snappy(prefix: str, folder: str) -> None:
    """Blocks as Hadoop's SnappyCodec writes them: length of the block, then length and bytes of its compressed form."""
    for path in files(prefix):
        body, at, out = s3.open_input_file(path).readall(), 0, []
        while at < len(body):
            length, size = (int.from_bytes(body[at + i:at + i + 4], "big") for i in (0, 4))
            out.append(pyarrow.decompress(body[at + 8:at + 8 + size], length, "snappy", asbytes=True))
            at += 8 + size
        to = pathlib.Path(folder, path)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(b"".join(out))


def read(topic: dict, folder: str) -> dict:
    prefix = f"{bucket}/topics/{topic['topic']}"
    where = f"s3://{prefix}/ot=*/*"
    if topic["format"] == "parquet":
        return sums(f"read_parquet('{where}', {hive})", "epoch_ms(placed)" if topic["values"] == "typed" else "placed")
    if topic["codec"] == "zstandard":
        rows = [{**row, "ot": directory_of(path)} for path in files(prefix) for row in fastavro.reader(s3.open_input_file(path))]
        db.register("avro_orders", pyarrow.Table.from_pylist(rows))
        return sums("avro_orders", "epoch_ms(placed)")
    if topic["format"] == "avro":
        # DuckDB leaves Avro's decimals as bytes: two's complement, here of cents.
        return sums(f"read_avro('{where}', {hive})", "epoch_ms(placed)", "('0x' || hex(price))::bigint / 100")
    if topic["codec"] == "snappy":
        unpacked_snappy(prefix, folder)
        where = f"{folder}/{prefix}/ot=*/*"
    return sums(f"read_json('{where}', format='newline_delimited', {hive})", "placed")


def with_arrow(topic: dict) -> dict:
    """What PyArrow itself makes of Parquet files: the schema, and rows by directory."""
    prefix = f"{bucket}/topics/{topic['topic']}"
    for path in files(prefix):
        pyarrow.parquet.ParquetFile(path, filesystem=s3).read().validate(full=True)
    partitioning = pyarrow.dataset.partitioning(pyarrow.schema([("ot", pyarrow.string())]), flavor="hive")
    table = pyarrow.dataset.dataset(prefix, filesystem=s3, format="parquet", partitioning=partitioning).to_table()
    counts = table.group_by("ot").aggregate([([], "count_all")]).to_pylist()
    return {
        "schema": {field.name: str(field.type) for field in table.schema},
        "counts": {row["ot"]: row["count_all"] for row in counts},
    }


with tempfile.TemporaryDirectory() as folder:
    print(json.dumps({
        "sums": {topic["topic"]: read(topic, folder) for topic in topics},
        "arrow": {topic["topic"]: with_arrow(topic) for topic in topics if topic["format"] == "parquet"},
    }))
