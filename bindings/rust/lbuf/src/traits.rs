// SPDX-License-Identifier: BSD-3-Clause

//! `Buf` and `BufMut`, and std's `Read` and `Write`.

use bytes::buf::UninitSlice;
use bytes::{Buf, BufMut};

use crate::buffer::Buffer;
use crate::sys;

/// Bytes that `chunk_mut()` asks for at least.
const ROOM: usize = 64;

const EMPTY: sys::iovec = sys::iovec { iov_base: core::ptr::null_mut(), iov_len: 0 };

impl Buf for Buffer<'_> {
    fn remaining(&self) -> usize {
        self.len() as usize
    }

    fn chunk(&self) -> &[u8] {
        let mut piece = EMPTY;
        let n = unsafe {
            sys::lbuf_iovec(self.as_ptr(), 0, &mut piece, 1, core::ptr::null_mut())
        };
        if n <= 0 {
            return &[];
        }
        // It holds until the buffer is read, for which it has to be borrowed anew.
        unsafe { core::slice::from_raw_parts(piece.iov_base.cast(), piece.iov_len) }
    }

    #[cfg(feature = "std")]
    fn chunks_vectored<'a>(&'a self, to: &mut [std::io::IoSlice<'a>]) -> usize {
        // On Unix an IoSlice is a struct iovec.
        let iov = to.as_mut_ptr().cast::<sys::iovec>();
        let max = to.len().min(u32::MAX as usize);
        let n = unsafe {
            sys::lbuf_iovec(self.as_ptr(), 0, iov, max as u32, core::ptr::null_mut())
        };
        max.min(n.max(0) as usize)
    }

    fn advance(&mut self, n: usize) {
        if let Err(error) = self.skip(n as u64) {
            panic!("advance by {n} of {} bytes: {error}", self.remaining());
        }
    }

    fn copy_to_slice(&mut self, to: &mut [u8]) {
        if let Err(error) = self.read(to) {
            panic!("read {} of {} bytes: {error}", to.len(), self.remaining());
        }
    }
}

// What chunk_mut() returns stays where it is, and is the buffer's, until the next verb.
unsafe impl BufMut for Buffer<'_> {
    fn remaining_mut(&self) -> usize {
        usize::MAX - self.len() as usize - self.pending() as usize
    }

    fn chunk_mut(&mut self) -> &mut UninitSlice {
        if self.spare == 0 {
            let mut room = 0;
            let at = unsafe { sys::lbuf_reserve_some(self.as_ptr(), ROOM, &mut room) };
            if at.is_null() {
                panic!("no room to write: {}", crate::Error::last());
            }
            self.spare_at = at.cast();
            self.spare = room;
        }
        unsafe { UninitSlice::from_raw_parts_mut(self.spare_at, self.spare) }
    }

    unsafe fn advance_mut(&mut self, n: usize) {
        assert!(n <= self.spare, "advance_mut by {n} of {} bytes", self.spare);
        self.spare -= n;
        self.spare_at = self.spare_at.add(n);
    }

    fn put_slice(&mut self, from: &[u8]) {
        if let Err(error) = self.write(from) {
            panic!("write {} bytes: {error}", from.len());
        }
    }
}

#[cfg(feature = "std")]
impl std::io::Read for Buffer<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let n = to.len().min(self.remaining());
        Buffer::read(self, &mut to[..n])?;
        Ok(n)
    }
}

#[cfg(feature = "std")]
impl std::io::Write for Buffer<'_> {
    fn write(&mut self, from: &[u8]) -> std::io::Result<usize> {
        Buffer::write(self, from)?;
        Ok(from.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Buffer::flush(self);
        Ok(())
    }
}
