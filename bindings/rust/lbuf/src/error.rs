// SPDX-License-Identifier: BSD-3-Clause

//! What the library says has gone wrong.

use core::fmt;

use crate::sys;

/// A positive errno, as the C headers name them for each function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error(pub i32);

impl Error {
    /// No bytes: fewer are readable than were asked for.
    pub const NO_DATA: Error = Error(61);
    /// At the limit of the pool.
    pub const NO_BUFFERS: Error = Error(105);
    /// No memory.
    pub const NO_MEMORY: Error = Error(12);
    /// A write to a slice or a clone.
    pub const READ_ONLY: Error = Error(30);
    /// An argument that cannot be.
    pub const INVALID: Error = Error(22);

    /// Why a function that returned NULL on this thread has failed.
    pub(crate) fn last() -> Error {
        Error(unsafe { sys::lbuf_errno() })
    }
}

/// The code, or the error that a negative one is.
pub(crate) fn check(code: i32) -> Result<i32, Error> {
    if code < 0 {
        Err(Error(-code))
    } else {
        Ok(code)
    }
}

/// The same of 64 bits.
pub(crate) fn check64(code: i64) -> Result<u64, Error> {
    u64::try_from(code).map_err(|_| Error(-code as i32))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match *self {
            Error::NO_DATA => "fewer bytes are readable",
            Error::NO_BUFFERS => "the pool is at its limit",
            Error::NO_MEMORY => "no memory",
            Error::READ_ONLY => "a slice cannot be written",
            Error::INVALID => "invalid argument",
            Error(code) => return write!(f, "errno {code}"),
        };
        f.write_str(text)
    }
}

#[cfg(feature = "std")]
impl std::error::Error for Error {}

#[cfg(feature = "std")]
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        std::io::Error::from_raw_os_error(error.0)
    }
}
