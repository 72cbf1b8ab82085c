// SPDX-License-Identifier: BSD-3-Clause

//! Asks pkg-config where liblbuf is, and DPDK, whose start-up is called as well.

use std::process::Command;

/// What pkg-config says, in words.
fn pkg_config(option: &str) -> Vec<String> {
    let program = std::env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".to_string());
    let done = Command::new(&program)
        .args([option, "lbuf >= 1.0", "libdpdk"])
        .output()
        .unwrap_or_else(|error| panic!("cannot run {program}: {error}: install pkg-config"));
    if !done.status.success() {
        panic!(
            "{program} finds no lbuf: install liblbuf-dev, or set PKG_CONFIG_PATH\n{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    String::from_utf8_lossy(&done.stdout)
        .split_whitespace()
        .map(str::to_string)
        .collect()
}

fn main() {
    println!("cargo:rerun-if-env-changed=PKG_CONFIG_PATH");
    println!("cargo:rerun-if-env-changed=PKG_CONFIG");
    for word in pkg_config("--libs-only-L") {
        println!("cargo:rustc-link-search=native={}", word.trim_start_matches("-L"));
    }
    // Of DPDK only what the Rust side calls itself: liblbuf brings the rest.
    for word in pkg_config("--libs-only-l") {
        if matches!(word.as_str(), "-llbuf" | "-lrte_eal") {
            println!("cargo:rustc-link-lib={}", word.trim_start_matches("-l"));
        }
    }
}
