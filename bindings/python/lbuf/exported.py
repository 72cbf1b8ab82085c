# SPDX-License-Identifier: BSD-3-Clause
"""Memory of Python objects that linked buffers view: held until the last of them is done."""

import ctypes

from .native import ExtFree, lib, sizeof


class PyBuffer(ctypes.Structure):
    """Py_buffer"""

    _fields_ = [("buf", ctypes.c_void_p), ("obj", ctypes.c_void_p), ("len", ctypes.c_ssize_t),
                ("itemsize", ctypes.c_ssize_t), ("readonly", ctypes.c_int),
                ("ndim", ctypes.c_int), ("format", ctypes.c_char_p),
                ("shape", ctypes.c_void_p), ("strides", ctypes.c_void_p),
                ("suboffsets", ctypes.c_void_p), ("internal", ctypes.c_void_p)]


_get = ctypes.pythonapi.PyObject_GetBuffer
_get.argtypes = [ctypes.py_object, ctypes.c_void_p, ctypes.c_int]
_get.restype = ctypes.c_int
_release = ctypes.pythonapi.PyBuffer_Release
_release.argtypes = [ctypes.c_void_p]
_release.restype = None

held = {}   # by the address of the struct lbuf_ext


class Exported:
    """A contiguous Python object (bytes, bytearray, array) whose memory C may read."""

    def __init__(self, data):
        self.view = PyBuffer()
        _get(data, ctypes.byref(self.view), 0)
        self.address, self.len = self.view.buf, self.view.len

    def release(self):
        """Let the object go."""
        _release(ctypes.byref(self.view))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()


@ExtFree
def _gone(address, _):
    """The last reference is gone."""
    held.pop(address)[0].release()


def hold(data):
    """A struct lbuf_ext for the object's memory: its address, and the memory's and length."""
    exported = Exported(data)
    ext = ctypes.create_string_buffer(sizeof("lbuf_ext"))
    address = ctypes.addressof(ext)
    lib.lbuf_ext_init(address, _gone, None)
    lib.lbuf_ext_set_size(address, exported.len)
    held[address] = (exported, ext)
    return address, exported.address, exported.len


def drop(address):
    """Undo hold(), when nothing refers to it."""
    _gone(address, None)
