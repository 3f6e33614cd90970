from __future__ import annotations

import pytest

from ScarSegLogic.jobs.protocol import MAXIMUM_LINE_BYTES, LineBuffer, ProtocolError, decode, encode


def test_a_message_is_one_line_and_comes_back_the_same():
    message = {"type": "progress", "job": 3, "share": 0.1, "message": "Herz\nwird gesucht: 50 µm"}
    line = encode(message)
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert decode(line) == message


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_lacks_are_not_written(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"type": "done", "result": {"fraction": value}})


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"a library prints", "not JSON"),
        (b'{"type": "progress", "share": NaN}', "NaN is not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1, 2]", "must be an object, got list"),
        (b'{"job": 1}', "unknown message type None"),
        (b'{"type": "shutdown"}', "unknown message type 'shutdown'"),
        (b'{"type": ["job"]}', "unknown message type"),
        (b" " * (MAXIMUM_LINE_BYTES + 1), "at most 16777216 are allowed"),
    ],
)
def test_what_is_no_message_is_refused_with_the_reason(line, reason):
    with pytest.raises(ProtocolError, match=reason):
        decode(line)


def test_lines_are_put_together_from_any_pieces():
    buffer = LineBuffer()
    assert buffer.feed(b"ab") == []
    assert buffer.feed(b"c\nd\n\ne") == [b"abc", b"d", b""]
    assert buffer.feed(b"f\n") == [b"ef"]


def test_a_line_without_end_does_not_fill_the_memory():
    buffer = LineBuffer()
    for _ in range(MAXIMUM_LINE_BYTES // 2**20):
        buffer.feed(b"x" * 2**20)
    with pytest.raises(ProtocolError, match="a line without end"):
        buffer.feed(b"x")
