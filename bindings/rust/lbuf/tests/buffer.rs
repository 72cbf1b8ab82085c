// SPDX-License-Identifier: BSD-3-Clause

//! Buffers and pools, in a real EAL without hugepages.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::{IoSlice, Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Mutex};

use bytes::{Buf, BufMut, Bytes};
use lbuf::{sys, Buffer, Eal, Error, Parcel, Pool, Settings, Tier};

/// The environment of all tests, which is never ended.
fn eal() -> &'static Eal {
    static EAL: Mutex<Option<&'static Eal>> = Mutex::new(None);
    let mut eal = EAL.lock().unwrap();
    *eal.get_or_insert_with(|| {
        let arguments = [
            "rust", "--no-huge", "-m", "256", "--no-pci", "--no-telemetry", "--no-shconf",
            "--lcores=0",
        ];
        Box::leak(Box::new(Eal::init(&arguments).expect("EAL starts")))
    })
}

/// A pool that checks what is done to its memory.
fn pool(name: &str) -> Pool<'static> {
    let settings = Settings { flags: sys::LBUF_POOL_F_DEBUG, ..Settings::default() };
    Pool::with_settings(eal(), name, &settings).expect("a pool")
}

/// Nothing leaked, and nothing was written that may not be.
fn whole(pool: &Pool) {
    assert_eq!(pool.chunks_out(), 0);
    assert_eq!(pool.bugs(), 0);
}

/// Bytes that can be told apart.
fn pattern(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i * 7 + i / 251) as u8).collect()
}

/// Size of the memory whose end is watched, which nothing else here has.
const WATCHED: usize = 123_457;
static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Counts the pieces of that size.
struct Watching;

unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() == WATCHED {
            LIVE.fetch_add(1, Ordering::SeqCst);
        }
        System.alloc(layout)
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if layout.size() == WATCHED {
            LIVE.fetch_sub(1, Ordering::SeqCst);
        }
        System.dealloc(at, layout);
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

#[test]
fn version_is_ours() {
    assert!(lbuf::version().starts_with("1."));
}

#[test]
fn structures_have_the_size_that_the_library_says() {
    let of = |name: &[u8]| unsafe { sys::lbuf_sizeof(name.as_ptr().cast()) };
    assert_eq!(of(b"lbuf_pool_params\0"), std::mem::size_of::<sys::lbuf_pool_params>());
    assert_eq!(of(b"lbuf_pool_stats\0"), std::mem::size_of::<sys::lbuf_pool_stats>());
    assert_eq!(of(b"lbuf_compacted\0"), std::mem::size_of::<sys::lbuf_compacted>());
    assert_eq!(of(b"no_such_thing\0"), 0);
}

#[test]
fn numbers_and_bytes_through_the_traits() {
    let pool = pool("traits");
    {
        let mut b = Buffer::new(&pool);
        b.put_u8(1);
        b.put_u16(0x0203);
        b.put_u32_le(0x0706_0504);
        b.put_slice(b"slice");
        b.put(&b"buf"[..]);
        b.put_bytes(9, 1000);
        assert_eq!((b.remaining(), b.pending()), (0, 1015));
        b.flush();
        assert_eq!((b.remaining(), b.pending()), (1015, 0));
        assert_eq!(b.get_u8(), 1);
        assert_eq!(b.get_u16(), 0x0203);
        assert_eq!(b.get_u32_le(), 0x0706_0504);
        assert_eq!(b.copy_to_bytes(8), &b"slicebuf"[..]);
        assert_eq!(b.chunk()[0], 9);
        b.advance(999);
        assert_eq!(b.get_u8(), 9);
        assert!(!b.has_remaining());
        assert_eq!(b.chunk(), b"");
    }
    whole(&pool);
}

#[test]
fn room_that_was_not_written_is_given_back() {
    let pool = pool("room");
    {
        let mut b = Buffer::new(&pool);
        b.put_slice(b"before");
        let room = b.chunk_mut().len();
        assert!(room >= 64);
        assert_eq!(b.pending(), 6);
        b.chunk_mut()[..4].copy_from_slice(b"kept");
        unsafe { b.advance_mut(4) };
        assert_eq!(b.chunk_mut().len(), room - 4);
        b.put_slice(b"after");
        b.flush();
        assert_eq!(b.peek(15).unwrap(), b"beforekeptafter");
        assert_eq!(b.len(), 15);
    }
    whole(&pool);
}

#[test]
fn bytes_are_referred_to_and_let_go_once() {
    let pool = pool("refs");
    let want = pattern(WATCHED - 1);
    let data = Bytes::from(vec![7u8; WATCHED]);
    let start = data.as_ptr();
    assert_eq!(LIVE.load(Ordering::SeqCst), 1);
    {
        let mut b = Buffer::new(&pool);
        b.write_bytes(Bytes::from(want.clone())).unwrap();
        b.write_bytes(Bytes::new()).unwrap();
        b.write_bytes(data.slice(10..)).unwrap();
        b.write_bytes(data).unwrap();
        b.flush();
        assert_eq!(b.copy_to_bytes(WATCHED - 1), want);
        assert_eq!(b.chunk().as_ptr(), start.wrapping_add(10));
        let mut part = b.slice(50_000).unwrap();
        assert_eq!(b.chunk().as_ptr(), start.wrapping_add(50_010));
        drop(b);
        assert_eq!(LIVE.load(Ordering::SeqCst), 1);
        assert_eq!(part.copy_to_bytes(50_000), vec![7u8; 50_000]);
        assert_eq!(LIVE.load(Ordering::SeqCst), 0);
        // What cannot be written is let go at once.
        let refused = Bytes::from(vec![7u8; WATCHED]);
        assert_eq!(part.write_bytes(refused), Err(Error::READ_ONLY));
        assert_eq!(LIVE.load(Ordering::SeqCst), 0);
    }
    whole(&pool);
}

#[test]
fn pieces_are_seen_as_they_lie() {
    let pool = pool("pieces");
    {
        let mut b = Buffer::new(&pool);
        for i in 0..100u8 {
            b.write_bytes(Bytes::from(vec![i; i as usize + 1])).unwrap();
        }
        b.flush();
        let mut iov = [IoSlice::new(&[]); 64];
        assert_eq!(b.chunks_vectored(&mut iov), 64);
        assert!(iov.iter().enumerate().all(|(i, piece)| piece.len() == i + 1));
        assert_eq!(iov[63][0], 63);
        let mut few = b.slice(3).unwrap();
        let mut iov = [IoSlice::new(&[]); 64];
        assert_eq!(few.chunks_vectored(&mut iov), 2);
        assert_eq!(few.peek(3).unwrap(), [0, 1, 1]);
    }
    whole(&pool);
}

#[test]
fn slices_clones_and_splices() {
    let pool = pool("slices");
    {
        let mut b = Buffer::new(&pool);
        b.write(b"headpayloadtail").unwrap();
        b.flush();
        let copy = b.clone_range(4, 7).unwrap();
        assert_eq!(copy.chunk(), b"payload");
        let mut head = b.slice(4).unwrap();
        assert_eq!(head.write(b"x"), Err(Error::READ_ONLY));
        b.trim(4).unwrap();
        assert_eq!(b, copy);
        assert!(head < b);
        b.prepend(b"new").unwrap();
        b.splice(3, &mut head).unwrap();
        assert_eq!(b.peek(14).unwrap(), b"newheadpayload");
        assert!(head.is_empty());
        assert_eq!(b.find(b'h', 0), Some(3));
        assert_eq!(b.find_bytes(b"dpay", 0), Some(6));
        assert_eq!(b.find(b'!', 0), None);
        let mut other = Buffer::new(&pool);
        other.append(&mut b).unwrap();
        other.flush();
        assert_eq!((b.len(), other.len()), (0, 14));
    }
    whole(&pool);
}

#[test]
fn sums() {
    let pool = pool("sums");
    {
        let mut b = Buffer::new(&pool);
        b.write(b"1234").unwrap();
        b.write_bytes(Bytes::from_static(b"56789")).unwrap();
        b.flush();
        assert_eq!(b.crc32c(0, 9, 0), Ok(0xe306_9283)); // the check value of CRC-32C
        let first = b.crc32c(0, 4, 0).unwrap();
        assert_eq!(b.crc32c(4, 5, first), Ok(0xe306_9283));
        assert_eq!(b.crc32c(0, 10, 0), Err(Error::NO_DATA));
        assert!(b.cksum(0, 9).is_ok());
    }
    whole(&pool);
}

#[test]
fn errors_change_nothing() {
    let pool = pool("errors");
    {
        let mut b = Buffer::new(&pool);
        b.write(b"abc").unwrap();
        b.flush();
        assert_eq!(b.peek(4), Err(Error::NO_DATA));
        assert_eq!(b.skip(4), Err(Error::NO_DATA));
        assert_eq!(b.slice(4).unwrap_err(), Error::NO_DATA);
        assert_eq!(Buffer::read(&mut b, &mut [0; 4]), Err(Error::NO_DATA));
        assert_eq!(b.peek(3).unwrap(), b"abc");
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| b.advance(4)));
        assert!(caught.is_err());
        assert_eq!(b.len(), 3);
    }
    assert_eq!(Pool::new(eal(), "far too long a name").err(), Some(Error(36)));
    assert_eq!(Pool::new(eal(), "nul\0").err(), Some(Error::INVALID));
    whole(&pool);
}

#[test]
fn a_limit_is_an_error() {
    let settings = Settings {
        limit_bytes: 8 << 20,
        policy: sys::LBUF_POLICY_STRICT,
        flags: sys::LBUF_POOL_F_BASE_PAGES,
        ..Settings::default()
    };
    let pool = Pool::with_settings(eal(), "limit", &settings).unwrap();
    {
        let mut b = Buffer::new(&pool);
        let block = pattern(1 << 20);
        let error = (0..100).find_map(|_| b.write(&block).err());
        assert_eq!(error, Some(Error::NO_BUFFERS));
        b.flush();
        assert!(b.len() >= 4 << 20);
        assert!(b.len() % (1 << 20) == 0); // what failed left nothing
        assert!(pool.stats(Tier::All, 0).unwrap().failures >= 1);
    }
    assert_eq!(pool.chunks_out(), 0);
}

#[test]
fn compaction() {
    let pool = pool("compact");
    {
        let mut b = Buffer::new(&pool);
        b.write_bytes(Bytes::from(pattern(1 << 20))).unwrap();
        b.flush();
        let mut small = b.slice(40).unwrap();
        drop(b);
        assert_eq!(small.pinned(), Ok(1 << 20));
        assert_eq!(small.compact(2), Ok((40, 1 << 20)));
        assert!(small.pinned().unwrap() < 4096);
        assert_eq!(small.chunk(), &pattern(40)[..]);
    }
    whole(&pool);
}

#[test]
fn reserved_bytes_and_std_io() {
    let pool = pool("io");
    {
        let mut b = Buffer::new(&pool);
        b.reserve(4).unwrap().copy_from_slice(b"four");
        b.reserve(4).unwrap()[0] = 1;
        b.ack(5).unwrap();
        write!(b, "line {}\n", 7).unwrap();
        Write::flush(&mut b).unwrap();
        let mut text = Vec::new();
        b.read_to_end(&mut text).unwrap();
        assert_eq!(text, b"four\x01line 7\n");
    }
    whole(&pool);
}

/// Slices of the same memory on several threads: counted with atomics, and freed once.
#[test]
fn parcels_go_to_other_threads() {
    const THREADS: usize = 4;
    const ROUNDS: usize = 200;
    let pool = pool("parcels");
    let want = pattern(THREADS * 1000);
    std::thread::scope(|scope| {
        let mut senders = Vec::new();
        for t in 0..THREADS {
            let (sender, receiver) = mpsc::channel::<Parcel>();
            let want = &want;
            senders.push(sender);
            scope.spawn(move || {
                for parcel in receiver {
                    let mut b = parcel.open();
                    let again = b.clone_range(0, 500).unwrap();
                    assert_eq!(b.copy_to_bytes(1000), &want[t * 1000..(t + 1) * 1000]);
                    assert_eq!(again.chunk(), &want[t * 1000..t * 1000 + 500]);
                }
            });
        }
        for _ in 0..ROUNDS {
            let mut b = Buffer::new(&pool);
            b.write(&want).unwrap();
            b.flush();
            let parts: Vec<_> = (0..THREADS).map(|_| b.slice(1000).unwrap()).collect();
            for (sender, part) in senders.iter().zip(parts) {
                sender.send(part.hand_off()).unwrap();
            }
        }
        drop(senders);
    });
    whole(&pool);
}

/// Random verbs against a Vec.
#[test]
fn random_verbs() {
    let pool = pool("random");
    let mut state = 1u64;
    let mut random = |n: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % n
    };
    let mut b = Buffer::new(&pool);
    let mut model: Vec<u8> = Vec::new();
    for _ in 0..5_000 {
        let size = [0, 1, 9, 100, 5000, 40_000][random(6) as usize];
        let least = size.min(model.len());
        match random(6) {
            0 => b.put_slice(&pattern(size)),
            1 => b.write_bytes(Bytes::from(pattern(size))).unwrap(),
            2 => b.put(&pattern(size)[..]),
            3 => {
                assert_eq!(b.copy_to_bytes(least), &model[..least]);
                model.drain(..least);
                continue;
            }
            4 => {
                let mut cut = b.slice(least).unwrap();
                assert_eq!(cut.peek(least).unwrap(), &model[..least]);
                model.drain(..least);
                continue;
            }
            _ => {
                let from = model.len() - least;
                let mut end = b.clone_range(from as u64, least as u64).unwrap();
                assert_eq!(end.copy_to_bytes(least), &model[from..]);
                continue;
            }
        }
        b.flush();
        model.extend(pattern(size));
        assert_eq!(b.remaining(), model.len());
        if model.len() > 1 << 20 {
            b.advance(model.len());
            model.clear();
        }
    }
    drop(b);
    whole(&pool);
}
