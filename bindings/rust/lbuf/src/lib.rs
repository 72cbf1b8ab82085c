// SPDX-License-Identifier: BSD-3-Clause

//! Linked packet buffers for DPDK programs.
//!
//! A [`Buffer`] is a chain of segments with a write side and a read side. Bytes are written
//! (copied, or by reference to a [`bytes::Bytes`]), made readable by [`Buffer::flush`], and
//! read through [`bytes::Buf`]; slices and clones view the same memory without a copy.
//!
//! ```no_run
//! use bytes::{Buf, BufMut};
//!
//! let eal = lbuf::Eal::init(&["example", "--no-huge", "-m", "64", "--no-pci"])?;
//! let pool = lbuf::Pool::new(&eal, "example")?;
//! let mut stream = lbuf::Buffer::new(&pool);
//!
//! stream.put_u32(5);
//! stream.put_slice(b"hello");
//! stream.flush();
//! let n = stream.get_u32() as usize;
//! let message = stream.slice(n)?;
//! assert_eq!(message.chunk(), b"hello");
//! # Ok::<(), lbuf::Error>(())
//! ```
//!
//! # Threads
//!
//! A pool is everybody's. References to memory are counted without atomic instructions as long
//! as they are one thread's, so a `Buffer` is not `Send`:
//!
//! ```compile_fail
//! fn needs_send<T: Send>() {}
//! needs_send::<lbuf::Buffer>();
//! ```
//!
//! [`Buffer::hand_off`] makes a [`Parcel`] of it, which is:
//!
//! ```
//! fn needs_send<T: Send>() {}
//! needs_send::<lbuf::Parcel>();
//! ```

#![no_std]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod buffer;
mod eal;
mod error;
mod pool;
mod storage;
mod traits;

pub use crate::buffer::{Buffer, Parcel};
pub use crate::eal::Eal;
pub use crate::error::Error;
pub use crate::pool::{Pool, Settings, Stats, Tier};
pub use lbuf_sys as sys;

/// Version of the library that is loaded.
pub fn version() -> &'static str {
    // The library's own string, which is always there.
    unsafe { storage::text(sys::lbuf_version()) }
}
