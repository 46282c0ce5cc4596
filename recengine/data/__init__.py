"""Data from anywhere into a Dataset. To add a source: write its file, then add its line here."""

from recengine.data.duckdb_file import DuckdbRemote
from recengine.data.folders import FolderRemote
from recengine.data.mongo import MongoRemote
from recengine.data.mysql import MysqlRemote
from recengine.data.postgresql import PostgresqlRemote
from recengine.data.remote import Remote
from recengine.data.social import SocialSource
from recengine.data.sources import FileSource, RemoteSource, SampleSource, Source, SyntheticSource
from recengine.data.sqlite import SqliteRemote

SOURCES: dict[str, type[Source]] = {
    "sample": SampleSource,
    "file": FileSource,
    "remote": RemoteSource,
    "synthetic": SyntheticSource,
    "social": SocialSource,
}

REMOTES: dict[str, type[Remote]] = {  # by the scheme of an address
    "mysql": MysqlRemote,
    "mariadb": MysqlRemote,
    "postgresql": PostgresqlRemote,
    "postgres": PostgresqlRemote,
    "sqlite": SqliteRemote,
    "duckdb": DuckdbRemote,
    "mongodb": MongoRemote,
    "mongodb+srv": MongoRemote,
    **dict.fromkeys(("folder", "file", "s3", "gs", "gcs", "abfs", "http", "https", "memory"), FolderRemote),
}
