"""Data from anywhere into a Dataset. To add a source: write its file, then add its line here."""

from recengine.data.sources import FileSource, SampleSource, Source, SyntheticSource

SOURCES: dict[str, type[Source]] = {
    "sample": SampleSource,
    "file": FileSource,
    "synthetic": SyntheticSource,
}
