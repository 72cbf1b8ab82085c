# SPDX-License-Identifier: BSD-3-Clause
"""The guest's kernel and busybox: Debian packages, downloaded once and never installed."""

import glob
import lzma
import os
import shutil
import subprocess

META_PACKAGE = "linux-image-amd64"
BUSYBOX_PACKAGE = "busybox-static"
XZ_MAGIC = b"\xfd7zXZ\x00"
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


def _unpacked_kernel(compressed):
    """The ELF kernel inside a compressed one; QEMU boots it without work in the guest."""
    start = compressed.find(XZ_MAGIC)
    if start < 0:
        raise RuntimeError("the kernel is not compressed with xz")
    return lzma.LZMADecompressor().decompress(compressed[start:])


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
        image = _unpacked_kernel(file.read())
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
        self.busybox = os.path.join(folder, "root", "bin", "busybox")
        self._modules = self._find_modules(os.path.join(folder, "root", "lib", "modules"))

    @staticmethod
    def _find_modules(folder):
        """Module name to path. A name has underscores where its file may have dashes."""
        paths = glob.glob(os.path.join(folder, "*", "kernel", "**", "*.ko"), recursive=True)
        return {os.path.basename(path)[:-3].replace("-", "_"): path for path in paths}

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
            for each in [*self.module_files(*self._needs(path)), path]:
                if each not in order:
                    order.append(each)
        return order
