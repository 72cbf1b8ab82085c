// SPDX-License-Identifier: BSD-3-Clause

//! DPDK's environment.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_void;

use crate::error::Error;
use crate::storage::c_string;
use crate::sys;

/// DPDK's environment, which a process starts once. Dropping it ends it.
pub struct Eal(());

impl Eal {
    /// Start it: the name of the program, then EAL's options.
    ///
    /// The calling thread becomes the main lcore, and is bound to its CPU. DPDK refuses a
    /// second start, also after the end of the first one.
    pub fn init(arguments: &[&str]) -> Result<Eal, Error> {
        let mut argv = Vec::with_capacity(arguments.len() + 1);
        for argument in arguments {
            let word = c_string(argument).ok_or(Error::INVALID)?;
            // EAL keeps some of them.
            argv.push(Box::leak(word.into_boxed_slice()).as_mut_ptr().cast());
        }
        argv.push(core::ptr::null_mut());
        let argv = Box::leak(argv.into_boxed_slice());
        let done = unsafe { sys::rte_eal_init(arguments.len() as sys::c_int, argv.as_mut_ptr()) };
        if done < 0 {
            return Err(Error::last());
        }
        Ok(Eal(()))
    }
}

unsafe extern "C" fn count(_pool: *mut sys::lbuf_pool, arg: *mut c_void) {
    *arg.cast::<usize>() += 1;
}

impl Drop for Eal {
    fn drop(&mut self) {
        let mut pools = 0usize;
        unsafe { sys::lbuf_pool_walk(Some(count), (&mut pools as *mut usize).cast()) };
        // A pool that was forgotten still has a thread of its own.
        if pools == 0 {
            unsafe { sys::rte_eal_cleanup() };
        }
    }
}
