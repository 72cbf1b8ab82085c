# SPDX-License-Identifier: BSD-3-Clause
"""The guest's kernel and busybox: Debian packages, downloaded once and never installed."""

import glob
import lzma
import os
import shutil
import struct
import subprocess

META_PACKAGE = "linux-image-amd64"
BUSYBOX_PACKAGE = "busybox-static"
XZ_MAGIC = b"\xfd7zXZ\x00"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
APT_TIMEOUT = 600


def cache_folder():
    """Where downloads are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.environ.get("LBUF_RIG_CACHE") or os.path.join(home, "lbuf-rig")


def _run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=APT_TIMEOUT)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout.strip()}")
    return done.stdout


def _kernel_package():
    """The name of the package behind the meta package."""
    for line in _run("apt-cache", "depends", META_PACKAGE).splitlines():
        word = line.split()[-1]
        if "Depends:" in line and word.startswith("linux-image-"):
            return word
    raise RuntimeError(f"apt knows no kernel behind {META_PACKAGE}")


def _payload(image):
    """What a bzImage carries, as its header says; behind it is its length, 4 bytes."""
    sectors = image[0x1f1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (sectors + 1) * 512 + offset
    return image[start:start + length - 4]


def unpacked_kernel(image):
    """The ELF kernel inside a compressed one; QEMU boots it without work in the guest."""
    payload = _payload(image)
    if payload.startswith(XZ_MAGIC):
        return lzma.decompress(payload)
    if payload.startswith(ZSTD_MAGIC):
        return subprocess.run(["zstd", "-dcq"], input=payload, stdout=subprocess.PIPE,
                              timeout=60, check=True).stdout
    raise RuntimeError(f"the kernel is compressed by neither xz nor zstd: {payload[:4].hex()}")


def _unpacked_module(path):
    """A module may lie there compressed; then it is unpacked beside, once."""
    plain = path.removesuffix(".xz")
    if not os.path.exists(plain):
        partial = f"{plain}.{os.getpid()}"
        with lzma.open(path) as packed, open(partial, "wb") as file:
            shutil.copyfileobj(packed, file)
        os.rename(partial, plain)
    return plain


def _fill(folder):
    """Download and unpack everything into a folder."""
    os.makedirs(folder)
    try:
        package = _kernel_package()
    except RuntimeError:
        _run("apt-get", "update", "-q")
        package = _kernel_package()
    _run("apt-get", "download", "-q", package, BUSYBOX_PACKAGE, cwd=folder)
    for path in glob.glob(os.path.join(folder, "*.deb")):
        _run("dpkg-deb", "-x", path, os.path.join(folder, "root"))
        os.unlink(path)
    compressed = glob.glob(os.path.join(folder, "root", "boot", "vmlinuz-*"))[0]
    with open(compressed, "rb") as file:
        image = unpacked_kernel(file.read())
    with open(os.path.join(folder, "vmlinux"), "wb") as file:
        file.write(image)


class Kernel:
    """Paths of the kernel, its modules and busybox; downloads them when they are not there."""

    def __init__(self):
        folder = os.path.join(cache_folder(), "guest")
        if not os.path.exists(folder):
            partial = f"{folder}.{os.getpid()}"
            try:
                _fill(partial)
                os.rename(partial, folder)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
        self.image = os.path.join(folder, "vmlinux")
        self.busybox = self._unpacked(folder, "bin", "busybox")
        self._modules = self._find_modules(self._unpacked(folder, "lib", "modules"))

    @staticmethod
    def _unpacked(folder, *path):
        """Newer packages have under usr/ what others have in the root."""
        plain = os.path.join(folder, "root", *path)
        return plain if os.path.exists(plain) else os.path.join(folder, "root", "usr", *path)

    @staticmethod
    def _find_modules(folder):
        """Module name to path. A name has underscores where its file may have dashes."""
        paths = glob.glob(os.path.join(folder, "*", "kernel", "**", "*.ko*"), recursive=True)
        return {os.path.basename(path).split(".ko")[0].replace("-", "_"): path
                for path in sorted(paths) if path.endswith((".ko", ".ko.xz"))}

    @staticmethod
    def _needs(path):
        """The names of the modules that a module depends on."""
        with open(path, "rb") as file:
            data = file.read()
        start = data.find(b"\0depends=") + len(b"\0depends=")
        names = data[start:data.index(b"\0", start)].decode("ascii")
        return [name.replace("-", "_") for name in names.split(",") if name]

    def module_files(self, *names):
        """The files of these modules and of all that they need, in the order to load them."""
        order = []
        for name in names:
            path = self._modules.get(name)
            if path is None:        # built into the kernel
                continue
            path = _unpacked_module(path)
            for each in [*self.module_files(*self._needs(path)), path]:
                if each not in order:
                    order.append(each)
        return order
