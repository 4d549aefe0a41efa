"""Sources of a trail, as a person writes them."""

import pytest

from setsquare.powers.iam.usage.sources import SourceKind, source_of


@pytest.mark.parametrize(
    ("written", "kind", "place"),
    [
        ("", SourceKind.SETTINGS, ""),
        ("trail", SourceKind.PATH, "trail"),
        ("./s3:x", SourceKind.PATH, "./s3:x"),
        ("lookups", SourceKind.PATH, "lookups"),
        ("s3://trails", SourceKind.BUCKET, "trails"),
        ("s3://trails/a/b/", SourceKind.BUCKET, "trails"),
        ("logs:/aws/cloudtrail", SourceKind.LOG_GROUP, "/aws/cloudtrail"),
        ("lookup", SourceKind.LOOKUP, ""),
        ("lake:12345678-1234-1234-1234-123456789abc", SourceKind.LAKE, "12345678-1234-1234-1234-123456789abc"),
    ],
)
def test_words_name_a_source(written, kind, place):
    found = source_of(written)
    assert (found.kind, found.place, found.problem) == (kind, place, "")
    assert found.is_remote == (kind is not SourceKind.PATH)


@pytest.mark.parametrize(
    "written",
    [
        "s3://",
        "s3://A",
        "s3:///x",
        "logs:",
        "logs:a b",
        "logs:x'; drop",
        "lookup:us",
        "lookup:us-east-1,x",
        "lake:x",
        "lake:1 UNION SELECT",
        "lake:12345678-1234-1234-1234-123456789abc; DROP",
        "lake:12345678-1234-1234-1234-123456789abc\n",
    ],
)
def test_words_that_could_mean_something_else_are_a_problem(written):
    assert source_of(written).problem
