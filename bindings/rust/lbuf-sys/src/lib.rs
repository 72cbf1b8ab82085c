// SPDX-License-Identifier: BSD-3-Clause

//! The symbols of liblbuf, as its headers declare them: what they promise is told there.
//!
//! Structures that only the library looks into are opaque; how many bytes to have for one,
//! [`lbuf_sizeof`] tells. No `std` is needed, nor an allocator.

#![no_std]
#![allow(non_camel_case_types)]

use core::ffi::c_void;
use core::marker::{PhantomData, PhantomPinned};

pub type c_int = i32;
pub type c_uint = u32;
#[cfg(any(target_arch = "aarch64", target_arch = "arm"))]
pub type c_char = u8;
#[cfg(not(any(target_arch = "aarch64", target_arch = "arm")))]
pub type c_char = i8;

macro_rules! opaque {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => { $(
        $(#[$doc])*
        #[repr(C)]
        pub struct $name {
            bytes: [u8; 0],
            marker: PhantomData<(*mut u8, PhantomPinned)>,
        }
    )* };
}

opaque! {
    /// A pool.
    lbuf_pool,
    /// A chunk.
    lbuf_chunk,
    /// A linked buffer: as many bytes as `lbuf_sizeof("lbuf")` says, never moved but by
    /// [`lbuf_move`].
    lbuf,
    /// External memory.
    lbuf_ext,
    /// A packet of DPDK's.
    rte_mbuf,
}

/// No socket in particular.
pub const SOCKET_ID_ANY: c_int = -1;

pub const LBUF_TIER_SMALL: c_uint = 0;
pub const LBUF_TIER_MIDDLE: c_uint = 1;
pub const LBUF_TIER_LARGE: c_uint = 2;
pub const LBUF_TIER_NUM: c_uint = 3;

pub const LBUF_POLICY_PREFER: c_uint = 0;
pub const LBUF_POLICY_STRICT: c_uint = 1;

pub const LBUF_POOL_F_NO_CACHE: u32 = 0x1;
pub const LBUF_POOL_F_BASE_PAGES: u32 = 0x2;
pub const LBUF_POOL_F_DEBUG: u32 = 0x4;
pub const LBUF_POOL_F_NO_BACKGROUND: u32 = 0x8;

pub const LBUF_SOCKETS_MAX: usize = 8;

/// Settings of a pool; all zero is the default.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct lbuf_pool_params {
    pub middle_min: usize,
    pub middle_max: usize,
    pub cache_bytes: usize,
    pub limit_bytes: usize,
    pub large_bytes: usize,
    pub idle_ms: u32,
    pub nb_sockets: u32,
    pub sockets: [c_int; LBUF_SOCKETS_MAX],
    pub policy: c_uint,
    pub flags: u32,
}

/// Figures of a pool.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct lbuf_pool_stats {
    pub bytes: u64,
    pub high_water: u64,
    pub chunks: u64,
    pub out: u64,
    pub cached: u64,
    pub allocs: u64,
    pub frees: u64,
    pub refills: u64,
    pub flushes: u64,
    pub remote: u64,
    pub grows: u64,
    pub stalls: u64,
    pub shrinks: u64,
    pub fallbacks: u64,
    pub failures: u64,
    pub stranded: u64,
    pub dma_failures: u64,
}

/// What `lbuf_compact()` has done.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct lbuf_compacted {
    pub copied: u64,
    pub unpinned: u64,
}

/// A piece of memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct iovec {
    pub iov_base: *mut c_void,
    pub iov_len: usize,
}

pub type lbuf_ext_free_t = Option<unsafe extern "C" fn(ext: *mut lbuf_ext, arg: *mut c_void)>;

extern "C" {
    pub fn rte_eal_init(argc: c_int, argv: *mut *mut c_char) -> c_int;
    pub fn rte_eal_cleanup() -> c_int;

    pub fn lbuf_sizeof(name: *const c_char) -> usize;
    pub fn lbuf_version() -> *const c_char;
    pub fn lbuf_errno() -> c_int;

    pub fn lbuf_pool_create(
        name: *const c_char,
        params: *const lbuf_pool_params,
    ) -> *mut lbuf_pool;
    pub fn lbuf_pool_free(pool: *mut lbuf_pool) -> c_int;
    pub fn lbuf_pool_lookup(name: *const c_char) -> *mut lbuf_pool;
    pub fn lbuf_pool_name(pool: *const lbuf_pool) -> *const c_char;
    pub fn lbuf_pool_flush(pool: *mut lbuf_pool);
    pub fn lbuf_pool_trim(pool: *mut lbuf_pool) -> usize;
    pub fn lbuf_pool_limit_set(pool: *mut lbuf_pool, socket: c_int, bytes: usize) -> c_int;
    pub fn lbuf_pool_stats_get(
        pool: *const lbuf_pool,
        tier: c_uint,
        socket: c_int,
        size: usize,
        stats: *mut lbuf_pool_stats,
    ) -> c_int;
    pub fn lbuf_pool_chunks_out(pool: *const lbuf_pool) -> u64;
    pub fn lbuf_pool_bugs(pool: *const lbuf_pool) -> u64;
    pub fn lbuf_pool_walk(
        func: Option<unsafe extern "C" fn(pool: *mut lbuf_pool, arg: *mut c_void)>,
        arg: *mut c_void,
    );

    pub fn lbuf_chunk_alloc(pool: *mut lbuf_pool, size: usize) -> *mut lbuf_chunk;
    pub fn lbuf_chunk_get(chunk: *mut lbuf_chunk);
    pub fn lbuf_chunk_put(chunk: *mut lbuf_chunk);
    pub fn lbuf_chunk_data(chunk: *const lbuf_chunk) -> *mut c_void;
    pub fn lbuf_chunk_size(chunk: *const lbuf_chunk) -> usize;

    pub fn lbuf_init(b: *mut lbuf, pool: *mut lbuf_pool);
    pub fn lbuf_close(b: *mut lbuf);
    pub fn lbuf_len(b: *const lbuf) -> u64;
    pub fn lbuf_pending(b: *const lbuf) -> u64;
    pub fn lbuf_handoff(b: *mut lbuf);
    pub fn lbuf_move(to: *mut lbuf, from: *mut lbuf);
    pub fn lbuf_swap(a: *mut lbuf, b: *mut lbuf);

    pub fn lbuf_write(b: *mut lbuf, src: *const c_void, n: usize) -> c_int;
    pub fn lbuf_reserve(b: *mut lbuf, n: usize) -> *mut c_void;
    pub fn lbuf_reserve_some(b: *mut lbuf, n: usize, room: *mut usize) -> *mut c_void;
    pub fn lbuf_ack(b: *mut lbuf, n: u64) -> c_int;
    pub fn lbuf_flush(b: *mut lbuf) -> c_int;
    pub fn lbuf_ext_init(ext: *mut lbuf_ext, free_cb: lbuf_ext_free_t, arg: *mut c_void);
    pub fn lbuf_ext_set_size(ext: *mut lbuf_ext, size: usize);
    pub fn lbuf_ext_set_iova(ext: *mut lbuf_ext, base: *const c_void, iova: u64);
    pub fn lbuf_write_ext(
        b: *mut lbuf,
        ext: *mut lbuf_ext,
        addr: *const c_void,
        n: usize,
    ) -> c_int;
    pub fn lbuf_append(b: *mut lbuf, donor: *mut lbuf) -> c_int;
    pub fn lbuf_append_mbuf(b: *mut lbuf, m: *mut rte_mbuf) -> c_int;
    pub fn lbuf_append_chunk(
        b: *mut lbuf,
        chunk: *mut lbuf_chunk,
        off: usize,
        n: usize,
    ) -> c_int;
    pub fn lbuf_prepend(b: *mut lbuf, n: usize) -> *mut c_void;
    pub fn lbuf_splice(b: *mut lbuf, at: u64, donor: *mut lbuf) -> c_int;

    pub fn lbuf_peek(b: *mut lbuf, n: u64) -> *const c_void;
    pub fn lbuf_peek_copy(b: *const lbuf, dst: *mut c_void, n: u64) -> c_int;
    pub fn lbuf_skip(b: *mut lbuf, n: u64) -> c_int;
    pub fn lbuf_read(b: *mut lbuf, dst: *mut c_void, n: u64) -> c_int;
    pub fn lbuf_trim(b: *mut lbuf, n: u64) -> c_int;
    pub fn lbuf_edit(b: *mut lbuf, n: u64) -> *mut c_void;
    pub fn lbuf_release(b: *mut lbuf) -> c_int;
    pub fn lbuf_slice(b: *mut lbuf, n: u64, out: *mut lbuf) -> c_int;
    pub fn lbuf_clone(b: *mut lbuf, from: u64, n: u64, out: *mut lbuf) -> c_int;

    pub fn lbuf_find(b: *const lbuf, byte: u8, from: u64) -> i64;
    pub fn lbuf_find_str(b: *const lbuf, str: *const c_void, n: usize, from: u64) -> i64;
    pub fn lbuf_equal(a: *const lbuf, b: *const lbuf) -> bool;
    pub fn lbuf_compare(a: *const lbuf, b: *const lbuf) -> c_int;
    pub fn lbuf_iovec(
        b: *const lbuf,
        from: u64,
        iov: *mut iovec,
        n: u32,
        bytes: *mut u64,
    ) -> i64;
    pub fn lbuf_cksum(b: *const lbuf, from: u64, n: u64, sum: *mut u16) -> c_int;
    pub fn lbuf_crc32c(b: *const lbuf, from: u64, n: u64, crc: *mut u32) -> c_int;
    pub fn lbuf_pinned(b: *const lbuf) -> i64;
    pub fn lbuf_is_shared(b: *const lbuf, from: u64, n: u64) -> c_int;
    pub fn lbuf_compact(b: *mut lbuf, n: u32, done: *mut lbuf_compacted) -> c_int;
}
