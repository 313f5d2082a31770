"""Writes PyTorch's two file formats instruction by instruction, so that tests need no PyTorch, nor may trust it."""

import struct
import zipfile

import numpy as np

KINDS = {"f4": "FloatStorage", "f8": "DoubleStorage", "f2": "HalfStorage", "i8": "LongStorage", "b1": "BoolStorage"}
START, STOP = b"\x80\x02", b"."
MAGIC = 0x1950A86A20F9469CFC6C


def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def number(value):
    return b"J" + struct.pack("<i", value)


def tuple_of(*parts):
    return b"(" + b"".join(parts) + b"t"


def named(module, name):
    return b"c" + f"{module}\n{name}\n".encode()


def dict_of(entries):
    return b"}(" + b"".join(text(key) + value for key, value in entries.items()) + b"u"


def storage(key, array, kind=None, part=b""):
    kind = kind or KINDS[array.dtype.str[1:]]
    fields = text("storage"), named("torch", kind), text(key), text("cpu"), number(array.size), part
    return tuple_of(*fields) + b"Q"


def tensor(stored, shape, strides, offset=0):
    sizes, steps = (tuple_of(*map(number, numbers)) for numbers in (shape, strides))
    hooks = named("collections", "OrderedDict") + b")R"
    return (
        named("torch._utils", "_rebuild_tensor_v2")
        + tuple_of(stored, number(offset), sizes, steps, b"\x89", hooks)
        + b"R"
    )


def whole(key, array, **options):
    """A tensor that is a whole storage in C order."""
    steps = [stride // array.itemsize for stride in np.ascontiguousarray(array).strides]
    return tensor(storage(key, array, **options), array.shape, steps)


def write_archive(path, content, buffers, byteorder=None):
    """The format since 1.6: `content` is the instructions of a value, `buffers` an array for each key."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("name/data.pkl", START + content + STOP)
        if byteorder:
            archive.writestr("name/byteorder", byteorder)
        for key, array in buffers.items():
            archive.writestr(f"name/data/{key}", array.tobytes())
        archive.writestr("name/version", "3\n")
    return path


def write_old(path, content, buffers):
    """The format before 1.6."""
    magic = b"\x8a\x0a" + MAGIC.to_bytes(10, "little")
    system = dict_of({"protocol_version": number(1001), "little_endian": b"\x88"})
    keys = b"](" + b"".join(map(text, buffers)) + b"e"
    with open(path, "wb") as file:
        for value in (magic, b"M" + struct.pack("<H", 1001), system, content, keys):
            file.write(START + value + STOP)
        for array in buffers.values():
            file.write(struct.pack("<q", array.size) + array.tobytes())
    return path
