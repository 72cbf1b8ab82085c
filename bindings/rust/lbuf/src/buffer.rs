// SPDX-License-Identifier: BSD-3-Clause

//! Linked buffers.

use alloc::boxed::Box;
use core::cmp::Ordering;
use core::ffi::c_void;
use core::marker::PhantomData;

use bytes::Bytes;

use crate::error::{check, check64, Error};
use crate::pool::Pool;
use crate::storage::Storage;
use crate::sys;

/// Bytes in segments, with a write side and a read side. Dropping it gives all back.
///
/// What is written is pending until [`flush`](Self::flush). [`bytes::Buf`] reads, and gives
/// back at once what it has consumed; [`bytes::BufMut`] writes, and panics where there is no
/// memory: [`write`](Self::write) and [`reserve`](Self::reserve) return that as an error.
pub struct Buffer<'p> {
    raw: Storage<sys::lbuf>,
    pool: &'p Pool<'p>,
    /// Bytes that were reserved for `BufMut` at the end of the pending ones, and where.
    pub(crate) spare: usize,
    pub(crate) spare_at: *mut u8,
    /// Neither `Send` nor `Sync`.
    marker: PhantomData<*mut u8>,
}

/// What external memory needs: its count, and the bytes themselves.
struct Held {
    ext: Storage<sys::lbuf_ext>,
    _bytes: Bytes,
}

unsafe extern "C" fn let_go(_ext: *mut sys::lbuf_ext, arg: *mut c_void) {
    drop(Box::from_raw(arg.cast::<Held>()));
}

impl<'p> Buffer<'p> {
    fn closed(pool: &'p Pool<'p>) -> Self {
        Buffer {
            raw: Storage::new(pool.buffer_words),
            pool,
            spare: 0,
            spare_at: core::ptr::null_mut(),
            marker: PhantomData,
        }
    }

    /// Open a buffer, empty.
    pub fn new(pool: &'p Pool<'_>) -> Self {
        let b = Self::closed(pool);
        unsafe { sys::lbuf_init(b.as_ptr(), pool.as_ptr()) };
        b
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::lbuf {
        self.raw.as_ptr()
    }

    /// The buffer of C's functions, for what this crate has no method for. It must be left
    /// open, and must not be moved.
    pub fn as_raw(&mut self) -> *mut sys::lbuf {
        self.settle();
        self.as_ptr()
    }

    /// Drop what was reserved for `BufMut` and not written.
    pub(crate) fn settle(&mut self) {
        if self.spare == 0 {
            return;
        }
        let keep = self.pending_all() - self.spare as u64;
        self.spare = 0;
        // No more than is pending, of a buffer that is open.
        unsafe { sys::lbuf_ack(self.as_ptr(), keep) };
    }

    fn pending_all(&self) -> u64 {
        unsafe { sys::lbuf_pending(self.as_ptr()) }
    }

    /// Readable bytes.
    pub fn len(&self) -> u64 {
        unsafe { sys::lbuf_len(self.as_ptr()) }
    }

    /// Whether no bytes are readable.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes written, not yet flushed.
    pub fn pending(&self) -> u64 {
        self.pending_all() - self.spare as u64
    }

    /// Write a copy.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.settle();
        let ptr = self.as_ptr();
        check(unsafe { sys::lbuf_write(ptr, bytes.as_ptr().cast(), bytes.len()) }).map(drop)
    }

    /// Write zeros, and get them to be written over before anything else is done.
    pub fn reserve(&mut self, n: usize) -> Result<&mut [u8], Error> {
        self.settle();
        let at = unsafe { sys::lbuf_reserve(self.as_ptr(), n) }.cast::<u8>();
        if at.is_null() {
            return Err(Error::last());
        }
        if n == 0 {
            return Ok(&mut []);
        }
        // n bytes that nobody else sees, for as long as the buffer is borrowed.
        unsafe {
            at.write_bytes(0, n);
            Ok(core::slice::from_raw_parts_mut(at, n))
        }
    }

    /// Write a reference to bytes: no copy. They are kept until nothing views them.
    pub fn write_bytes(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.settle();
        if bytes.is_empty() {
            return Ok(());
        }
        let (at, n) = (bytes.as_ptr(), bytes.len());
        let held = Box::new(Held { ext: Storage::new(self.pool.ext_words), _bytes: bytes });
        let ext = held.ext.as_ptr();
        let arg = Box::into_raw(held);
        let done = unsafe {
            sys::lbuf_ext_init(ext, Some(let_go), arg.cast());
            sys::lbuf_ext_set_size(ext, n);
            sys::lbuf_write_ext(self.as_ptr(), ext, at.cast(), n)
        };
        if done < 0 {
            // It took no reference.
            drop(unsafe { Box::from_raw(arg) });
        }
        check(done).map(drop)
    }

    /// Take over an mbuf, or a chain of them: no copy.
    ///
    /// # Safety
    /// The reference to the chain must be the caller's, who has it no more unless this fails.
    pub unsafe fn append_mbuf(&mut self, m: *mut sys::rte_mbuf) -> Result<(), Error> {
        self.settle();
        check(sys::lbuf_append_mbuf(self.as_ptr(), m)).map(drop)
    }

    /// Move all bytes of another buffer behind the pending ones.
    pub fn append(&mut self, donor: &mut Buffer<'p>) -> Result<(), Error> {
        self.settle();
        donor.settle();
        check(unsafe { sys::lbuf_append(self.as_ptr(), donor.as_ptr()) }).map(drop)
    }

    /// Keep the first pending bytes and drop the rest.
    pub fn ack(&mut self, n: u64) -> Result<(), Error> {
        self.settle();
        check(unsafe { sys::lbuf_ack(self.as_ptr(), n) }).map(drop)
    }

    /// Make what is pending readable. A slice has nothing pending.
    pub fn flush(&mut self) {
        self.settle();
        unsafe { sys::lbuf_flush(self.as_ptr()) };
    }

    /// Copy bytes in front of the readable ones, readable at once.
    pub fn prepend(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.settle();
        let at = unsafe { sys::lbuf_prepend(self.as_ptr(), bytes.len()) };
        if at.is_null() {
            return Err(Error::last());
        }
        // As many bytes as were asked for.
        unsafe { at.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(())
    }

    /// Move the readable bytes of another buffer between these.
    pub fn splice(&mut self, at: u64, donor: &mut Buffer<'p>) -> Result<(), Error> {
        self.settle();
        donor.settle();
        check(unsafe { sys::lbuf_splice(self.as_ptr(), at, donor.as_ptr()) }).map(drop)
    }

    /// The first bytes in one piece: copied together if segments divide them.
    pub fn peek(&mut self, n: usize) -> Result<&[u8], Error> {
        self.settle();
        let at = unsafe { sys::lbuf_peek(self.as_ptr(), n as u64) }.cast::<u8>();
        if at.is_null() {
            return Err(Error::last());
        }
        if n == 0 {
            return Ok(&[]);
        }
        // They hold until release(), for which the buffer has to be borrowed anew.
        Ok(unsafe { core::slice::from_raw_parts(at, n) })
    }

    /// Consume bytes into memory of the caller's: all of it, or nothing.
    pub fn read(&mut self, to: &mut [u8]) -> Result<(), Error> {
        self.settle();
        let (ptr, n) = (self.as_ptr(), to.len() as u64);
        check(unsafe { sys::lbuf_read(ptr, to.as_mut_ptr().cast(), n) })?;
        self.release();
        Ok(())
    }

    /// Consume bytes.
    pub fn skip(&mut self, n: u64) -> Result<(), Error> {
        self.settle();
        check(unsafe { sys::lbuf_skip(self.as_ptr(), n) })?;
        self.release();
        Ok(())
    }

    /// Drop the last readable bytes.
    pub fn trim(&mut self, n: u64) -> Result<(), Error> {
        self.settle();
        check(unsafe { sys::lbuf_trim(self.as_ptr(), n) }).map(drop)
    }

    /// Give back what has been consumed.
    pub(crate) fn release(&mut self) {
        // Of a buffer that is open it does not fail.
        unsafe { sys::lbuf_release(self.as_ptr()) };
    }

    /// Cut off the first bytes as a buffer of their own: no copy. It can be read, not written.
    pub fn slice(&mut self, n: usize) -> Result<Buffer<'p>, Error> {
        self.settle();
        let out = Self::closed(self.pool);
        check(unsafe { sys::lbuf_slice(self.as_ptr(), n as u64, out.as_ptr()) })?;
        Ok(out)
    }

    /// View bytes by a further buffer: no copy, and nothing is consumed.
    pub fn clone_range(&mut self, from: u64, n: u64) -> Result<Buffer<'p>, Error> {
        self.settle();
        let out = Self::closed(self.pool);
        check(unsafe { sys::lbuf_clone(self.as_ptr(), from, n, out.as_ptr()) })?;
        Ok(out)
    }

    /// Offset of a byte; None if it is not there.
    pub fn find(&self, byte: u8, from: u64) -> Option<u64> {
        check64(unsafe { sys::lbuf_find(self.as_ptr(), byte, from) }).ok()
    }

    /// Offset of up to 32 bytes; None if they are not there.
    pub fn find_bytes(&self, bytes: &[u8], from: u64) -> Option<u64> {
        let (at, n) = (bytes.as_ptr().cast(), bytes.len());
        check64(unsafe { sys::lbuf_find_str(self.as_ptr(), at, n, from) }).ok()
    }

    /// CRC32C of readable bytes, going on from that of those before.
    pub fn crc32c(&self, from: u64, n: u64, start: u32) -> Result<u32, Error> {
        let mut crc = start;
        check(unsafe { sys::lbuf_crc32c(self.as_ptr(), from, n, &mut crc) })?;
        Ok(crc)
    }

    /// Internet checksum of readable bytes, not inverted.
    pub fn cksum(&self, from: u64, n: u64) -> Result<u16, Error> {
        let mut sum = 0;
        check(unsafe { sys::lbuf_cksum(self.as_ptr(), from, n, &mut sum) })?;
        Ok(sum)
    }

    /// Bytes of memory that the buffer keeps from other use.
    pub fn pinned(&self) -> Result<u64, Error> {
        check64(unsafe { sys::lbuf_pinned(self.as_ptr()) })
    }

    /// Copy bytes out of memory of which less than 1/part is viewed: bytes copied, unpinned.
    pub fn compact(&mut self, part: u32) -> Result<(u64, u64), Error> {
        self.settle();
        let mut done = sys::lbuf_compacted::default();
        check(unsafe { sys::lbuf_compact(self.as_ptr(), part, &mut done) })?;
        Ok((done.copied, done.unpinned))
    }

    /// Prepare it to be passed to another thread, where [`Parcel::open`] has it back.
    pub fn hand_off(mut self) -> Parcel<'p> {
        self.settle();
        unsafe { sys::lbuf_handoff(self.as_ptr()) };
        Parcel(self)
    }
}

impl Drop for Buffer<'_> {
    fn drop(&mut self) {
        unsafe { sys::lbuf_close(self.as_ptr()) };
    }
}

impl PartialEq for Buffer<'_> {
    fn eq(&self, other: &Self) -> bool {
        unsafe { sys::lbuf_equal(self.as_ptr(), other.as_ptr()) }
    }
}

impl Eq for Buffer<'_> {}

impl PartialOrd for Buffer<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Buffer<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        unsafe { sys::lbuf_compare(self.as_ptr(), other.as_ptr()) }.cmp(&0)
    }
}

impl core::fmt::Debug for Buffer<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Buffer {{ len: {}, pending: {} }}", self.len(), self.pending())
    }
}

/// A buffer on its way to another thread.
pub struct Parcel<'p>(Buffer<'p>);

// Memory that others of the thread view as well was marked, to be counted with atomics.
unsafe impl Send for Parcel<'_> {}

impl<'p> Parcel<'p> {
    /// The buffer, which is the calling thread's from now on.
    pub fn open(self) -> Buffer<'p> {
        self.0
    }
}
