// SPDX-License-Identifier: BSD-3-Clause

//! Memory for structures whose size the library tells, and C's strings.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ptr::NonNull;

use crate::sys;

/// Memory of a structure that is not moved: it is the library's meanwhile.
pub(crate) struct Storage<T> {
    at: NonNull<u64>,
    words: usize,
    kind: core::marker::PhantomData<T>,
}

/// How many words a structure takes; `name` ends with a NUL.
pub(crate) fn words_of(name: &'static str) -> usize {
    debug_assert!(name.ends_with('\0'));
    let bytes = unsafe { sys::lbuf_sizeof(name.as_ptr().cast()) };
    assert!(bytes != 0, "liblbuf has no such structure: {name}");
    (bytes + 7) / 8
}

impl<T> Storage<T> {
    pub(crate) fn new(words: usize) -> Self {
        let memory = Box::leak(vec![0u64; words].into_boxed_slice());
        let at = NonNull::new(memory.as_mut_ptr()).expect("a box has an address");
        Storage { at, words, kind: core::marker::PhantomData }
    }

    pub(crate) fn as_ptr(&self) -> *mut T {
        self.at.as_ptr().cast()
    }
}

impl<T> Drop for Storage<T> {
    fn drop(&mut self) {
        let slice = core::ptr::slice_from_raw_parts_mut(self.at.as_ptr(), self.words);
        // As it was leaked by new().
        drop(unsafe { Box::from_raw(slice) });
    }
}

/// A string for C.
pub(crate) fn c_string(text: &str) -> Option<Vec<u8>> {
    if text.bytes().any(|byte| byte == 0) {
        return None;
    }
    let mut bytes = Vec::from(text.as_bytes());
    bytes.push(0);
    Some(bytes)
}

/// A string of C's.
///
/// # Safety
/// It must end with a NUL, and live as long as the result.
pub(crate) unsafe fn text<'a>(start: *const sys::c_char) -> &'a str {
    let mut len = 0;
    while *start.add(len) != 0 {
        len += 1;
    }
    core::str::from_utf8(core::slice::from_raw_parts(start.cast(), len)).unwrap_or("?")
}
