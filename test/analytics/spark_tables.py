"""Runs the HiveQL that the S3 sink wrote, unchanged, in Spark SQL, and prints the sums of each table and partition as JSON.

Arguments: endpoint, the file of statements, the folder of further jars, and the tables as JSON: [{"topic", "format"}]. The statements name s3://
places, which Spark reads through Hadoop's S3A. The metastore is made in the working folder.
"""
import glob
import json
import os
import sys

from pyspark.sql import SparkSession

endpoint, statements, jars, tables = sys.argv[1], open(sys.argv[2]).read(), sys.argv[3], json.loads(sys.argv[4])
settings = {
    "spark.jars": ",".join(sorted(glob.glob(os.path.join(jars, "*.jar")))),
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.warehouse.dir": os.path.join(os.getcwd(), "warehouse"),
    "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "spark.hadoop.fs.s3a.endpoint": endpoint,
    "spark.hadoop.fs.s3a.endpoint.region": "us-east-1",
    "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
    "spark.hadoop.fs.s3a.access.key": "test",
    "spark.hadoop.fs.s3a.secret.key": "testsecret",
    "spark.hadoop.fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    "spark.hadoop.fs.s3a.input.stream.type": "classic",
}
builder = SparkSession.builder.master("local[2]").enableHiveSupport()
for key, value in settings.items():
    builder = builder.config(key, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
refused = []
for statement in statements.split(";\n"):
    try:
        if statement.strip():
            spark.sql(statement)
    except Exception as error:
        refused.append({"statement": statement[:100], "error": str(error)[:500]})


def sums(table: dict) -> dict:
    placed = "unix_millis(placed)" if table["typed"] else "placed"
    rows = spark.sql(f"""
        select ot, count(*) as count, cast(sum(cast(orderid as decimal(38, 0))) as string) as orderid, sum(orderunits) as orderunits,
               cast(sum(price) as double) as price, cast(sum({placed}) as string) as placed, count(distinct address.city) as cities
        from `default`.`{table['topic']}` group by ot""").collect()
    return {row["ot"]: {key: value for key, value in row.asDict().items() if key != "ot"} for row in rows}


def answer(table: dict) -> dict:
    try:
        partitions = [row[0] for row in spark.sql(f"show partitions `default`.`{table['topic']}`").collect()]
        return {"partitions": partitions, "sums": sums(table)}
    except Exception as error:
        return {"error": str(error)[:2000]}


print(json.dumps({"refused": refused, "tables": {table["topic"]: answer(table) for table in tables}}))
