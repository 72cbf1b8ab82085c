// SPDX-License-Identifier: BSD-3-Clause

//! Pools.

use core::marker::PhantomData;
use core::ptr::NonNull;

use crate::eal::Eal;
use crate::error::{check, Error};
use crate::storage::{c_string, text, words_of};
use crate::sys;

pub use crate::sys::lbuf_pool_params as Settings;
pub use crate::sys::lbuf_pool_stats as Stats;

/// Where memory comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Tier {
    /// Small requests.
    Small = sys::LBUF_TIER_SMALL,
    /// Size classes.
    Middle = sys::LBUF_TIER_MIDDLE,
    /// Mappings.
    Large = sys::LBUF_TIER_LARGE,
    /// All of them.
    All = sys::LBUF_TIER_NUM,
}

/// Memory of three tiers on all sockets, for all threads. Dropping it frees it.
pub struct Pool<'e> {
    raw: NonNull<sys::lbuf_pool>,
    /// Words of a linked buffer, and of external memory's count.
    pub(crate) buffer_words: usize,
    pub(crate) ext_words: usize,
    eal: PhantomData<&'e Eal>,
}

// The library's functions on pools are for any thread, at any time.
unsafe impl Send for Pool<'_> {}
unsafe impl Sync for Pool<'_> {}

impl<'e> Pool<'e> {
    /// Create a pool with the default settings. Names have up to 12 bytes.
    pub fn new(eal: &'e Eal, name: &str) -> Result<Self, Error> {
        Self::with_settings(eal, name, &Settings::default())
    }

    /// Create a pool.
    pub fn with_settings(_eal: &'e Eal, name: &str, settings: &Settings) -> Result<Self, Error> {
        // A later library may have settings behind these: it takes 0 for their default.
        let words = words_of("lbuf_pool_params\0");
        let all = crate::storage::Storage::<Settings>::new(words);
        assert!(words * 8 >= core::mem::size_of::<Settings>(), "liblbuf is older than its crate");
        let name = c_string(name).ok_or(Error::INVALID)?;
        let raw = unsafe {
            all.as_ptr().write(*settings);
            sys::lbuf_pool_create(name.as_ptr().cast(), all.as_ptr())
        };
        Ok(Pool {
            raw: NonNull::new(raw).ok_or_else(Error::last)?,
            buffer_words: words_of("lbuf\0"),
            ext_words: words_of("lbuf_ext\0"),
            eal: PhantomData,
        })
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::lbuf_pool {
        self.raw.as_ptr()
    }

    /// The pool of C's functions, for what this crate has no method for.
    pub fn as_raw(&self) -> *mut sys::lbuf_pool {
        self.as_ptr()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        unsafe { text(sys::lbuf_pool_name(self.as_ptr())) }
    }

    /// Sums over all sockets: of a tier, and of the class of one size, or of all (0).
    pub fn stats(&self, tier: Tier, size: usize) -> Result<Stats, Error> {
        let words = words_of("lbuf_pool_stats\0");
        assert!(words * 8 >= core::mem::size_of::<Stats>(), "liblbuf is older than its crate");
        let all = crate::storage::Storage::<Stats>::new(words);
        check(unsafe {
            sys::lbuf_pool_stats_get(
                self.as_ptr(),
                tier as sys::c_uint,
                sys::SOCKET_ID_ANY,
                size,
                all.as_ptr(),
            )
        })?;
        Ok(unsafe { all.as_ptr().read() })
    }

    /// Chunks in the hands of users: 0 when nothing leaks.
    pub fn chunks_out(&self) -> u64 {
        unsafe { sys::lbuf_pool_chunks_out(self.as_ptr()) }
    }

    /// Bugs that a pool with `LBUF_POOL_F_DEBUG` has found.
    pub fn bugs(&self) -> u64 {
        unsafe { sys::lbuf_pool_bugs(self.as_ptr()) }
    }

    /// Set the most that a socket may hold, bytes; 0: no limit.
    pub fn limit(&self, socket: i32, bytes: usize) -> Result<(), Error> {
        check(unsafe { sys::lbuf_pool_limit_set(self.as_ptr(), socket, bytes) }).map(drop)
    }

    /// Give what the calling lcore has in its caches back to the depots.
    pub fn flush(&self) {
        unsafe { sys::lbuf_pool_flush(self.as_ptr()) }
    }

    /// Give idle memory back to the system: how many bytes.
    pub fn trim(&self) -> usize {
        unsafe { sys::lbuf_pool_trim(self.as_ptr()) }
    }
}

impl Drop for Pool<'_> {
    fn drop(&mut self) {
        // Buffers borrow the pool, so chunks are out only of such as were forgotten: it
        // stays for these then.
        unsafe { sys::lbuf_pool_free(self.as_ptr()) };
    }
}
