#!/usr/bin/env python3
"""An independent reader of burr's logs, written from Formats/log.md and Formats/events.md alone.

    readlog.py FOLDER --step N [--before] [--branch PREFIX]     the exact state text
    readlog.py FOLDER --list [--branch PREFIX]                  the records, one per line
    readlog.py FOLDER --verify                                  everything that can be checked

FOLDER is an application's folder: <root>/<project>/<app_id>. Step -1 is the initial state where
step 0 is the first. Without --branch the newest branch is read, and its ancestors through it.
Needs lz4 and crc32c. Exit codes: 0 good, 1 --verify found something, 65 damaged, 66 not there.
"""

from __future__ import annotations

import argparse
import bisect
import re
import struct
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Iterator, NoReturn, Optional, Union

import lz4.block
import lz4.frame
from crc32c import crc32c

MAGIC = b"\x89BRLOG\r\n"
SEAL_MAGIC = b"BURRSEAL"
MAJOR = 1
HEADER, RECORD_HEADER, TRAILER = 512, 32, 64
PAYLOAD_CAP = 64 << 20
GROUP_CONTINUES = 4

META, SESSION, STEP_BEGIN, STEP_END, SNAPSHOT, SNAPSHOT_PART = 1, 2, 3, 4, 5, 6
SYNC_MARK, INDEX, SEAL, RECOVERED, GAP = 7, 8, 9, 10, 11
NAMES = {
    1: "META", 2: "SESSION", 3: "STEP_BEGIN", 4: "STEP_END", 5: "SNAPSHOT", 6: "SNAPSHOT_PART",
    7: "SYNC_MARK", 8: "INDEX", 9: "SEAL", 10: "RECOVERED", 11: "GAP",
    128: "SPAN_BEGIN", 129: "SPAN_END", 130: "ATTRIBUTE", 131: "STREAM_BEGIN",
    132: "STREAM_FIRST", 133: "STREAM_END", 134: "STREAM_ITEM", 135: "CHILD", 136: "ANNOTATION",
    137: "RUN_BEGIN", 138: "RUN_END", 139: "LINE", 140: "IMPORT_MARK",
}


class Unreadable(Exception):
    """The bytes do not say what was asked for."""


class Missing(Exception):
    """There is no such step, branch or state."""


# ------------------------------------------------ small encodings


class Bytes:
    """Reads fields one after the other."""

    def __init__(self, data: bytes, at: int = 0):
        self.data, self.at = data, at

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise Unreadable(f"a field of {count} bytes ends past its payload")
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def u64(self) -> int:
        return int.from_bytes(self.take(8), "little")

    def varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise Unreadable("a varint of more than 10 bytes")

    def zigzag(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def string(self) -> bytes:
        return self.take(self.varint())

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.at)

    @property
    def done(self) -> bool:
        return self.at == len(self.data)


def unpack_block(data: bytes, raw_length: int, dictionary: bytes = b"") -> bytes:
    try:
        raw = lz4.block.decompress(data, uncompressed_size=raw_length, dict=dictionary)
    except lz4.block.LZ4BlockError as error:
        raise Unreadable(f"LZ4 block: {error}") from None
    if len(raw) != raw_length:
        raise Unreadable(f"LZ4 block of {len(raw)} bytes, not {raw_length}")
    return raw


M64 = (1 << 64) - 1
P1, P2, P3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
P4, P5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5


def rotate(value: int, by: int) -> int:
    return (value << by | value >> (64 - by)) & M64


def xxh64_round(lane: int, word: int) -> int:
    return rotate((lane + word * P2) & M64, 31) * P1 & M64


def xxh64(data: bytes) -> int:
    """XXH64 with seed 0."""
    length, at = len(data), 0
    if length >= 32:
        a, b, c, d = (P1 + P2) & M64, P2, 0, -P1 & M64
        at = length & ~31
        for w, x, y, z in struct.iter_unpack("<4Q", memoryview(data)[:at]):
            a, b, c, d = xxh64_round(a, w), xxh64_round(b, x), xxh64_round(c, y), xxh64_round(d, z)
        value = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18) & M64
        for lane in (a, b, c, d):
            value = ((value ^ xxh64_round(0, lane)) * P1 + P4) & M64
    else:
        value = P5
    value = value + length & M64
    while at + 8 <= length:
        word = int.from_bytes(data[at : at + 8], "little")
        value = (rotate(value ^ xxh64_round(0, word), 27) * P1 + P4) & M64
        at += 8
    if at + 4 <= length:
        word = int.from_bytes(data[at : at + 4], "little")
        value = (rotate(value ^ word * P1 & M64, 23) * P2 + P3) & M64
        at += 4
    for byte in data[at:]:
        value = rotate(value ^ byte * P5 & M64, 11) * P1 & M64
    value = (value ^ value >> 33) * P2 & M64
    value = (value ^ value >> 29) * P3 & M64
    return value ^ value >> 32


# ------------------------------------------------ segments and records (log.md)


@dataclass
class Record:
    segment: "Segment"
    offset: int
    type: int
    flags: int
    session: int
    seq: int
    time: int
    stored: bytes
    after_gap: bool = False  # bytes before it could not be read

    @property
    def length(self) -> int:
        return RECORD_HEADER + (len(self.stored) + 7 & ~7)

    @property
    def end(self) -> int:
        return self.offset + self.length

    @cached_property
    def payload(self) -> bytes:
        if self.flags & 3 == 0:
            return self.stored
        fields = Bytes(self.stored)
        raw_length = fields.varint()
        if raw_length > PAYLOAD_CAP:
            raise Unreadable(f"payload of {raw_length} bytes at {self.place}")
        return unpack_block(fields.rest(), raw_length)

    @property
    def place(self) -> str:
        return f"{self.segment.path.name}:{self.offset}"


@dataclass
class Header:
    branch: str
    segment: int
    base_sequence: int
    base_step: int
    predecessor_last_sequence: int
    predecessor_data_end: int
    predecessor_trailer_crc: int
    parent_branch: str
    parent_sequence: int
    parent_step: int
    length: int


@dataclass
class Trailer:
    index_offset: int
    index_length: int
    last_sequence: int
    last_step: int
    record_count: int
    body_crc: int
    index_crc: int
    flags: int
    crc: int


class Segment:
    """One file of a branch, its records read and checked."""

    def __init__(self, path: Path):
        self.path = path
        self.data = path.read_bytes()
        self.header = self.read_header()
        number = struct.pack("<Q", self.header.segment)
        self.salt = crc32c(bytes.fromhex(self.header.branch) + number)
        self.trailer = self.read_trailer()
        self.records: list[Record] = []
        self.problems: list[str] = []
        self.scan()

    def read_header(self) -> Header:
        data = self.data
        if len(data) < HEADER or data[:8] != MAGIC:
            raise Unreadable(f"{self.path.name}: not a log")
        major, _, length = struct.unpack_from("<HHI", data, 8)
        incompatible = struct.unpack_from("<Q", data, 32)[0]
        if major > MAJOR or incompatible:
            raise Unreadable(f"{self.path.name}: written by a newer version")
        if crc32c(data[:508]) != struct.unpack_from("<I", data, 508)[0]:
            raise Unreadable(f"{self.path.name}: damaged header")
        segment, base_sequence, base_step = struct.unpack_from("<QQq", data, 56)
        last, data_end, trailer_crc = struct.unpack_from("<QQI", data, 96)
        parent_sequence, parent_step = struct.unpack_from("<Qq", data, 136)
        parent = data[120:136].hex() if any(data[120:136]) else ""
        return Header(
            data[40:56].hex(), segment, base_sequence, base_step, last, data_end, trailer_crc,
            parent, parent_sequence, parent_step, length,
        )

    def read_trailer(self) -> Optional[Trailer]:
        data, end = self.data, len(self.data) - TRAILER
        if end < HEADER or data[end : end + 8] != SEAL_MAGIC:
            return None
        trailer = Trailer(*struct.unpack_from("<QQQqQIIII", data, end + 8))
        # It has no salt: SEAL or INDEX tells whose it is.
        places = (end - RECORD_HEADER, trailer.index_offset)
        is_ours = any(self.record_at(place, end) for place in places)
        return trailer if is_ours and crc32c(data[end:-4]) == trailer.crc else None

    def record_at(self, offset: int, end: int) -> Optional[Record]:
        """The valid record that begins here."""
        data = self.data
        if offset + RECORD_HEADER > end:
            return None
        header_crc, payload_crc, length, kind, flags, session, seq, time = struct.unpack_from(
            "<IIIBBHQq", data, offset
        )
        begin = offset + RECORD_HEADER
        if crc32c(data[offset + 4 : begin], self.salt) != header_crc:
            return None
        padded = begin + (length + 7 & ~7)
        if kind == 0 or flags & 3 > 1 or flags & ~7 or length > PAYLOAD_CAP or padded > end:
            return None
        stored = data[begin : begin + length]
        if crc32c(stored, self.salt) != payload_crc or any(data[begin + length : padded]):
            return None
        return Record(self, offset, kind, flags, session, seq, time, stored)

    def scan(self) -> None:
        end = len(self.data) - (TRAILER if self.trailer else 0)
        at, seq = self.header.length, self.header.base_sequence - 1
        whole = 0  # records up to the end of the last closed group
        gap = False
        while at < end:
            record = self.record_at(at, end)
            if record is None or not (record.seq > seq if gap else record.seq == seq + 1):
                following = self.next_valid(at, end, seq)
                if following is None:
                    break
                lost = f"records {seq + 1} to {following.seq - 1} unreadable"
                self.problems.append(f"damaged at {at}: {following.offset - at} bytes, {lost}")
                del self.records[whole:]
                at, gap = following.offset, True
                continue
            if 11 < record.type < 128:
                raise Unreadable(f"{record.place}: written by a newer version")
            record.after_gap, gap = gap, False
            self.records.append(record)
            at, seq = record.end, record.seq
            if not record.flags & GROUP_CONTINUES:
                whole = len(self.records)
        if whole < len(self.records):
            at = self.records[whole].offset
            del self.records[whole:]
        self.torn = end - at if any(self.data[at:end]) else 0

    def next_valid(self, at: int, end: int, seq: int) -> Optional[Record]:
        seen: list[Record] = []  # of these the first of as many as possible that ascend
        for offset in range(at + 8, end, 8):
            near = not seen or seen[-1].end <= offset <= seen[0].offset + (64 << 10)
            if near and (record := self.record_at(offset, end)) and record.seq > seq:
                seen.append(record)
        ascents: list[tuple[int, Record]] = []  # of each length, by its last sequence
        first: Optional[Record] = None  # of the longest, of several of those that stand first
        for record in seen:
            length = bisect.bisect_left([last for last, _ in ascents], record.seq)
            start = ascents[length - 1][1] if length else record
            if length == len(ascents):
                first = start
            if [last for last, _ in ascents[length : length + 1]] != [record.seq]:
                ascents[length : length + 1] = [(record.seq, start)]
        return first


class Branch:
    """The segments of one log in order, and their records as one list."""

    def __init__(self, paths: list[Path]):
        self.segments = [Segment(path) for path in paths]
        self.records = [record for segment in self.segments for record in segment.records]
        for before, after in zip(self.records, self.records[1:]):
            if after.seq != before.seq + 1:
                after.after_gap = True

    @property
    def header(self) -> Header:
        return self.segments[0].header


FILE_NAME = re.compile(r"([0-9a-f]{32})\.([0-9]{6,})\.burr")


def repair_of(name: str) -> str:
    """The id that a repair of a branch has: the next UUIDv7 (log.md 11)."""
    number = int(name, 16)
    free = ((number >> 80) << 12 | number >> 64 & 0xFFF) << 62 | number & (1 << 62) - 1
    free += 1
    high = (free >> 74) << 16 | 7 << 12 | free >> 62 & 0xFFF
    return f"{high << 64 | 2 << 62 | free & (1 << 62) - 1:032x}"


def open_folder(folder: Path) -> dict[str, Branch]:
    """Branch id to branch, oldest first."""
    paths: dict[str, list[tuple[int, Path]]] = {}
    for path in folder.iterdir():
        if match := FILE_NAME.fullmatch(path.name):
            paths.setdefault(match.group(1), []).append((int(match.group(2)), path))
    if (folder / ".repair").is_dir():
        for name in [repair_of(name) for name in paths]:
            if name in paths and all(number != 0 for number, _ in paths[name]):
                del paths[name]  # published in part (log.md 11)
    if not paths:
        raise Missing(f"no segments in {folder}")
    return {name: Branch([path for _, path in sorted(paths[name])]) for name in sorted(paths)}


# ------------------------------------------------ a JSON text as a tree, and deltas (events.md 8)

# A scalar is its own text. A container keeps its members' texts in order, keys as written.
Node = Union[bytes, "Array", "Object"]


@dataclass
class Array:
    items: list = field(default_factory=list)


@dataclass
class Object:
    members: list = field(default_factory=list)  # [key, node] pairs, also where a key stands twice


LEXEME = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\[\]{},:"\s]+', re.DOTALL)


def parse(text: bytes) -> Node:
    root = Array()
    stack: list[Union[Array, Object]] = [root]
    key: Optional[bytes] = None
    previous = b""
    for match in LEXEME.finditer(text):
        lexeme, top = match.group(), stack[-1]
        if lexeme == b":":
            continue
        if lexeme in b",]}":
            if lexeme != b",":
                stack.pop()
        elif isinstance(top, Object) and key is None:
            key = lexeme[1:-1]
            continue
        else:
            node: Node = lexeme
            if lexeme == b"{":
                node = Object()
            elif lexeme == b"[":
                node = Array()
            if isinstance(top, Object):
                top.members.append([key, node])
                key = None
            else:
                top.items.append(node)
            if not isinstance(node, bytes):
                stack.append(node)
        previous = lexeme
    if len(stack) != 1 or len(root.items) != 1 or previous == b",":
        raise Unreadable("a value that is not one JSON text")
    return root.items[0]


def text_of(node: Node) -> bytes:
    out: list[bytes] = []
    stack: list[Union[bytes, Array, Object]] = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, bytes):
            out.append(top)
        elif isinstance(top, Array):
            stack.append(b"]")
            for item in reversed(top.items):
                stack += [item, b","]
            if top.items:
                stack.pop()
            stack.append(b"[")
        else:
            stack.append(b"}")
            for key, value in reversed(top.members):
                stack += [value, b'"' + key + b'":', b","]
            if top.members:
                stack.pop()
            stack.append(b"{")
    return b"".join(out)


def member(node: Object, key: bytes) -> list:
    found = [pair for pair in node.members if pair[0] == key]
    if len(found) != 1:
        raise Unreadable(f"key {key.decode()!r} stands {len(found)} times")
    return found[0]


class Place:
    """Where a path leads: read, set, remove."""

    def __init__(self, root: list, path: list):
        self.holder, self.path = Array(root), path
        self.last: Union[bytes, int] = 0
        for part in path:
            self.holder = self.get()
            self.last = part

    def get(self) -> Node:
        holder, last = self.holder, self.last
        if isinstance(holder, Object) and isinstance(last, bytes):
            return member(holder, last)[1]
        if isinstance(holder, Array) and isinstance(last, int) and last < len(holder.items):
            return holder.items[last]
        raise Unreadable(f"a delta's path {self.path} leads nowhere")

    def set(self, node: Node) -> None:
        holder, last = self.holder, self.last
        if isinstance(holder, Object) and isinstance(last, bytes):
            if all(pair[0] != last for pair in holder.members):
                holder.members.append([last, node])
            else:
                member(holder, last)[1] = node
        else:
            self.get()
            holder.items[last] = node

    def remove(self) -> None:
        if not isinstance(self.holder, Object) or not isinstance(self.last, bytes):
            raise Unreadable("a delta removes what is not a member")
        self.holder.members.remove(member(self.holder, self.last))


BUILT_IN_NAMES = [b"__SEQUENCE_ID", b"__PRIOR_STEP"]


class State:
    """A state between snapshots: the tree, the name table and the dictionary for packed deltas."""

    def __init__(self, text: Optional[bytes], names: list[bytes]):
        self.root: list = [] if text is None else [parse(text)]
        self.names = BUILT_IN_NAMES + names
        self.dictionary = (text or b"")[-65536:]

    def text(self) -> Optional[bytes]:
        return text_of(self.root[0]) if self.root else None

    def apply(self, delta: bytes) -> None:
        fields = Bytes(delta)
        while not fields.done:
            operation = fields.varint()
            path = self.read_path(fields)
            if operation == 0 and not path:
                self.root[:] = [parse(fields.string())]
                continue
            place = Place(self.root, path)
            if operation == 0:
                place.set(parse(fields.string()))
            elif operation == 1:
                place.remove()
            elif operation == 2:
                self.splice_list(place.get(), fields)
            elif operation == 3:
                place.set(self.splice_string(place.get(), fields))
            else:
                raise Unreadable(f"delta operation {operation}")

    def read_path(self, fields: Bytes) -> list:
        path: list[Union[bytes, int]] = []
        for _ in range(fields.varint()):
            value = fields.varint()
            kind, operand = value & 3, value >> 2
            if kind == 0:
                if operand >= len(self.names):
                    raise Unreadable(f"name {operand} of {len(self.names)}")
                path.append(self.names[operand])
            elif kind == 2:
                path.append(operand)
            else:
                key = fields.take(operand)
                path.append(key)
                if kind == 3:
                    self.names.append(key)
        return path

    @staticmethod
    def splice_list(node: Node, fields: Bytes) -> None:
        index, removed, inserted = fields.varint(), fields.varint(), fields.varint()
        values = [parse(fields.string()) for _ in range(inserted)]
        if not isinstance(node, Array) or index + removed > len(node.items):
            raise Unreadable("a list splice outside its list")
        node.items[index : index + removed] = values

    @staticmethod
    def splice_string(node: Node, fields: Bytes) -> bytes:
        offset, removed, text = fields.varint(), fields.varint(), fields.string()
        if not isinstance(node, bytes) or node[:1] != b'"' or offset + removed > len(node) - 2:
            raise Unreadable("a string splice outside its string")
        return node[: 1 + offset] + text + node[1 + offset + removed :]


# ------------------------------------------------ payloads (events.md)


@dataclass
class Snapshot:
    step: int
    absent: bool
    hash: int
    raw_length: int
    names: list[bytes]
    text: Optional[bytes]


def read_snapshot(records: list[Record], index: int) -> Snapshot:
    """The snapshot of records[index] with the parts that follow it."""
    record = records[index]
    fields = Bytes(record.payload)
    step, flags = fields.zigzag(), fields.byte()
    if flags & 1:
        names = [fields.string() for _ in range(fields.varint())]
        return Snapshot(step, True, 0, 0, names, None)
    hash_, raw_length, stored_length = fields.u64(), fields.varint(), fields.varint()
    names = [fields.string() for _ in range(fields.varint())]
    frame = fields.rest()
    while len(frame) < stored_length:
        index += 1
        if index >= len(records) or records[index].type != SNAPSHOT_PART:
            raise Unreadable(f"{record.place}: a part of the snapshot is missing")
        frame += records[index].payload
    try:
        text = lz4.frame.decompress(frame)
    except RuntimeError as error:
        raise Unreadable(f"{record.place}: {error}") from None
    if len(frame) != stored_length or len(text) != raw_length or xxh64(text) != hash_:
        raise Unreadable(f"{record.place}: the snapshot is not what its hash says")
    return Snapshot(step, False, hash_, raw_length, names, text)


@dataclass
class StepEnd:
    step: int
    action: Union[bytes, int]
    duration: Optional[int]
    failed: bool
    length: Optional[int]  # of the state; None without one
    encoding: Optional[int]
    delta: bytes


def read_action(fields: Bytes) -> Union[bytes, int]:
    value = fields.varint()
    return value - 1 if value else fields.string()


def skip_time_form(fields: Bytes) -> None:
    form = fields.byte()
    if form == 1:
        fields.zigzag()
    elif form == 3:
        fields.string()
    elif form > 3:
        raise Unreadable(f"time form {form}")


def read_step_end(record: Record) -> StepEnd:
    fields = Bytes(record.payload)
    flags, step, action = fields.varint(), fields.zigzag(), read_action(fields)
    skip_time_form(fields)
    duration = fields.varint() if flags & 32 else None
    if flags & 1:
        fields.string()
    if flags & 4:
        fields.string()
    if flags & 8:
        fields.string(), fields.string()
    if flags & 16:
        return StepEnd(step, action, duration, bool(flags & 4), None, None, b"")
    length, encoding = fields.varint(), fields.byte()
    return StepEnd(step, action, duration, bool(flags & 4), length, encoding, fields.rest())


def apply_step(state: State, end: StepEnd) -> None:
    if end.encoding == 0:
        state.apply(end.delta)
    elif end.encoding == 1:
        fields = Bytes(end.delta)
        raw_length = fields.varint()
        state.apply(unpack_block(fields.rest(), raw_length, state.dictionary))
    elif end.encoding != 2:
        raise Unreadable(f"delta encoding {end.encoding}")


# ------------------------------------------------ the state at a step


@dataclass
class Ended:
    """A step that ended, and where."""

    branch: Branch
    index: int  # in branch.records
    step: int


def line_of_descent(branches: dict[str, Branch], name: str) -> list[Ended]:
    """The steps of a branch, after those of its ancestors up to where it continues them."""
    branch = branches[name]
    header = branch.header
    line: list[Ended] = []
    if header.parent_branch in branches:
        for ended in line_of_descent(branches, header.parent_branch):
            if ended.step <= header.parent_step:
                line.append(ended)
    for index, record in enumerate(branch.records):
        if record.type == STEP_END:
            line.append(Ended(branch, index, read_step_end(record).step))
    return line


def state_at(records: list[Record], index: int) -> Optional[bytes]:
    """The state that holds after records[index]; None where it is not known."""
    if records[index].type == STEP_END and read_step_end(records[index]).encoding == 2:
        index += 1
        if index >= len(records) or records[index].type != SNAPSHOT or records[index].after_gap:
            raise Unreadable("the snapshot of the step is missing")
    first = index
    while records[first].type != SNAPSHOT:
        if records[first].after_gap or first == 0:
            raise Unreadable(f"no whole run of records leads to {records[index].place}")
        first -= 1
    snapshot = read_snapshot(records, first)
    state = State(snapshot.text, snapshot.names)
    length: Optional[int] = None if snapshot.absent else snapshot.raw_length
    for record in records[first + 1 : index + 1]:
        if record.type == STEP_END:
            end = read_step_end(record)
            if end.length is not None:
                apply_step(state, end)
                length = end.length
    text = state.text()
    if text is not None and len(text) != length:
        raise Unreadable(f"a state of {len(text)} bytes, not {length}, at {records[index].place}")
    return text


def print_state(branches: dict[str, Branch], name: str, step: int, before: bool) -> None:
    line = line_of_descent(branches, name)
    found = [ended for ended in line if ended.step == step]
    if found:
        ended = found[-1]
        records, index = ended.branch.records, ended.index - (1 if before else 0)
        if not before and read_step_end(records[index]).length is None:
            raise Missing(f"step {step} ended without a state")
    else:
        records, index = place_without_end(branches[name], line, step, before)
    text = state_at(records, index)
    if text is None:
        raise Missing(f"the state {'before' if before else 'at'} step {step} was not recorded")
    sys.stdout.buffer.write(text + b"\n")


def place_without_end(
    branch: Branch, line: list[Ended], step: int, before: bool
) -> tuple[list[Record], int]:
    """Steps that only began have a state before them; the initial state has no step."""
    if before:
        for index, record in enumerate(branch.records):
            if record.type == STEP_BEGIN:
                fields = Bytes(record.payload)
                fields.varint()
                if fields.zigzag() == step:
                    return branch.records, index
    first = line[0].branch if line else branch
    for index, record in enumerate(first.records[:2]):
        if record.type == SNAPSHOT and read_snapshot(first.records, index).step == step:
            return first.records, index
    steps = f"{line[0].step} to {line[-1].step}" if line else "none"
    raise Missing(f"no step {step} (there are {steps})")


# ------------------------------------------------ --list


def describe(record: Record, records: list[Record], index: int) -> str:
    payload = record.payload
    if record.type == META:
        fields = Bytes(payload)
        fields.varint()
        return f"{fields.string().decode()}/{fields.string().decode()}"
    if record.type == SESSION:
        return Bytes(payload).string().decode()
    if record.type == STEP_BEGIN:
        fields = Bytes(payload)
        fields.varint()
        return f"step {fields.zigzag()}"
    if record.type == STEP_END:
        end = read_step_end(record)
        delta = f"delta {len(end.delta)} bytes, encoding {end.encoding}"
        return f"step {end.step} state {end.length} bytes, {delta}"
    if record.type == SNAPSHOT:
        snapshot = read_snapshot(records, index)
        size = "absent" if snapshot.absent else f"{snapshot.raw_length} bytes"
        return f"step {snapshot.step} state {size}, {len(snapshot.names)} names"
    if record.type == SYNC_MARK:
        fields = Bytes(payload)
        return f"durable to {fields.u64()}, record {fields.u64()}"
    if record.type == 140:
        fields = Bytes(payload)
        fields.zigzag()
        return f"file {fields.byte()} read to {fields.varint()}"
    if record.type >= 128:
        fields = Bytes(payload)
        return f"step {fields.zigzag()} {fields.rest()[:60].decode(errors='replace')}"
    return f"{len(payload)} bytes"


def print_records(branch: Branch) -> None:
    for index, record in enumerate(branch.records):
        group = "+" if record.flags & GROUP_CONTINUES else " "
        name = NAMES.get(record.type, str(record.type))
        what = describe(record, branch.records, index)
        print(f"{record.place} {record.seq:6} {record.time} {name}{group} {what}")


# ------------------------------------------------ --verify


def verify(branches: dict[str, Branch]) -> Iterator[str]:
    for name, branch in branches.items():
        parent = branch.header.parent_branch
        if parent and parent not in branches:
            yield f"{name}: its parent {parent} is not here"
        before: Optional[Segment] = None
        for segment in branch.segments:
            problems = [*segment.problems, *verify_header(segment, name, before)]
            if segment.torn:
                problems.append(f"torn tail of {segment.torn} bytes")
            if segment.trailer:
                problems += verify_seal(segment)
            yield from (f"{segment.path.name}: {problem}" for problem in problems)
            before = segment
        yield from (f"{name}: {problem}" for problem in verify_states(branch))


def verify_header(segment: Segment, name: str, before: Optional[Segment]) -> Iterator[str]:
    header = segment.header
    number = int(segment.path.name.split(".")[1])
    if header.branch != name or header.segment != number:
        yield "the header belongs to another file"
    if header.length != HEADER:
        yield f"header length {header.length}"
    types = [record.type for record in segment.records[:2]]
    if types != [META, SNAPSHOT]:
        yield f"opens with {types}, not with META and SNAPSHOT"
    elif read_snapshot(segment.records, 1).step != header.base_step:
        yield f"baseStep {header.base_step} is not the opening snapshot's"
    if before is None:
        if number == 0 and (header.base_sequence, header.predecessor_last_sequence) != (1, 0):
            yield f"baseSequence {header.base_sequence} in the first segment"
        return
    data = [record for record in before.records if record.type not in (INDEX, SEAL)]
    if before.trailer and header.predecessor_trailer_crc != before.trailer.crc:
        yield "predecessorTrailerCRC is not the predecessor's"
    if data and not before.problems:
        if header.predecessor_last_sequence != before.records[-1].seq:
            yield f"predecessorLastSequence {header.predecessor_last_sequence}"
        if header.base_sequence != before.records[-1].seq + 1:
            yield f"baseSequence {header.base_sequence} does not follow"
        if header.predecessor_data_end != data[-1].end:
            yield f"predecessorDataEnd {header.predecessor_data_end}, not {data[-1].end}"


def verify_seal(segment: Segment) -> Iterator[str]:
    trailer, records = segment.trailer, segment.records
    assert trailer is not None
    index = [record for record in records if record.type == INDEX]
    data = [record for record in records if record.type not in (INDEX, SEAL)]
    seal = records[-1] if records else None
    if not index or seal is None or seal.type != SEAL or seal.stored:
        yield "sealed without INDEX and SEAL"
        return
    raw = b"".join(record.payload for record in index)
    facts = [
        ("indexOffset", trailer.index_offset, index[0].offset),
        ("indexLength", trailer.index_length, seal.offset - index[0].offset),
        ("lastSequence", trailer.last_sequence, index[0].seq - 1),
        ("lastStep", trailer.last_step, last_step(segment)),
        ("recordCount", trailer.record_count, len(data)),
        ("bodyCRC", trailer.body_crc, crc32c(segment.data[: index[0].offset])),
        ("indexCRC", trailer.index_crc, crc32c(raw)),
        ("flags", trailer.flags, 0),
        ("the end", seal.end + TRAILER, len(segment.data)),
    ]
    for what, said, found in facts:
        if said != found:
            yield f"trailer: {what} {said}, not {found}"
    yield from (f"index: {problem}" for problem in verify_index(segment, data, Bytes(raw)))


def last_step(segment: Segment) -> int:
    ended = [read_step_end(record).step for record in segment.records if record.type == STEP_END]
    return ended[-1] if ended else segment.header.base_step


def verify_index(segment: Segment, data: list[Record], fields: Bytes) -> Iterator[str]:
    at = {record.offset: position for position, record in enumerate(data)}
    offset, seq, step = 0, 0, 0
    for row in range(fields.varint()):
        apart = fields.varint()
        offset, seq, step = offset + apart, seq + fields.varint(), step + fields.zigzag()
        if offset not in at or data[at[offset]].seq != seq:
            yield f"block {row}: no record {seq} begins at {offset}"
            continue
        ended = [read_step_end(record).step for record in data[: at[offset]] if record.type == 4]
        if step != (ended[-1] if ended and row else segment.header.base_step):
            yield f"block {row}: step {step}"
        if row and apart < 16384:
            yield f"block {row}: only {apart} bytes after the one before"
    found = [
        (snapshot.step, record.offset, snapshot.raw_length, snapshot.hash, int(snapshot.absent))
        for position, record in enumerate(data)
        if record.type == SNAPSHOT
        for snapshot in [read_snapshot(data, position)]
    ]
    said, step, offset = [], 0, 0
    for _ in range(fields.varint()):
        step, offset = step + fields.zigzag(), offset + fields.varint()
        raw_length, _ = fields.varint(), fields.varint()
        said.append((step, offset, raw_length, fields.u64(), fields.byte()))
    if said != found:
        yield f"snapshots {said}, not {found}"
    types = {fields.byte(): fields.varint() for _ in range(fields.varint())}
    counted = {record.type: 0 for record in data}
    for record in data:
        counted[record.type] += 1
    if types != counted:
        yield f"types {types}, not {counted}"
    table = Bytes(fields.string())
    if not fields.done:
        yield "bytes after the table"
    yield from (f"step table: {problem}" for problem in verify_table(data, table))


def verify_table(data: list[Record], table: Bytes) -> Iterator[str]:
    """Steps, statuses, durations and sizes; actions and changed keys only in their form."""
    ends = [read_step_end(record) for record in data if record.type == STEP_END]
    count = table.varint()
    columns = [Bytes(table.string()) for _ in range(8)]
    if not table.done:
        yield "bytes after the last column"
    if count < len(ends):
        yield f"{count} rows for {len(ends)} steps"
        return
    names, steps, statuses, actions, starts, durations, sizes, changed = columns
    known = [names.string() for _ in range(names.varint())]
    step = size = 0
    for row in range(count):
        step, status, size = step + steps.zigzag(), statuses.byte(), size + sizes.zigzag()
        starts.zigzag()
        duration, action = durations.varint(), actions.varint()
        keys = [changed.varint() for _ in range(changed.varint())]
        if action >= len(known) or any(key >= len(known) for key in keys):
            yield f"row {row}: a name past the {len(known)} names"
        if row >= len(ends):
            if status != 2:
                yield f"row {row}: status {status} of a step that did not end"
            continue
        end = ends[row]
        if (step, status) != (end.step, int(end.failed)):
            yield f"row {row}: step {step} status {status}, not {end.step}, {int(end.failed)}"
        if end.duration is not None and duration != end.duration:
            yield f"row {row}: duration {duration}, not {end.duration}"
        if end.length is not None and size != end.length:
            yield f"row {row}: size {size}, not {end.length}"
    if not all(column.done for column in columns):
        yield "bytes after the last row"


def verify_states(branch: Branch) -> Iterator[str]:
    """Replays the whole branch; every snapshot must be what the deltas before it lead to."""
    state: Optional[State] = None
    for index, record in enumerate(branch.records):
        if record.after_gap:
            state = None
        try:
            if record.type == SNAPSHOT:
                snapshot = read_snapshot(branch.records, index)
                state = State(snapshot.text, snapshot.names)
            elif record.type == STEP_END and state is not None:
                end = read_step_end(record)
                if end.length is not None and end.encoding != 2:
                    apply_step(state, end)
                    length = len(state.text() or b"")
                    if length != end.length:
                        yield f"{record.place}: state of {length} bytes, not {end.length}"
        except Unreadable as error:
            yield f"{record.place}: {error}"
            state = None


# ------------------------------------------------ the command


def chosen(branches: dict[str, Branch], prefix: str) -> str:
    names = [name for name in branches if name.startswith(prefix)]
    if not names or (prefix and len(names) > 1):
        raise Missing(f"{len(names)} branches begin with {prefix}")
    return names[-1]


def leave(code: int, message: object) -> NoReturn:
    print(f"readlog: {message}", file=sys.stderr)
    sys.exit(code)


def main() -> None:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=raw)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--branch", default="", metavar="PREFIX")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--step", type=int, metavar="N")
    what.add_argument("--list", action="store_true")
    what.add_argument("--verify", action="store_true")
    parser.add_argument("--before", action="store_true")
    asked = parser.parse_args()
    try:
        branches = open_folder(asked.folder)
        if asked.verify:
            problems = list(verify(branches))
            print("\n".join(problems) if problems else "everything verifies")
            sys.exit(1 if problems else 0)
        name = chosen(branches, asked.branch)
        if asked.list:
            print_records(branches[name])
        else:
            print_state(branches, name, asked.step, asked.before)
    except Unreadable as error:
        leave(65, error)
    except (Missing, OSError) as error:
        leave(66, error)


if __name__ == "__main__":
    main()
