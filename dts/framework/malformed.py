# SPDX-License-Identifier: BSD-3-Clause
"""Frames that are too short, cut off, or noise. The same ones in every run."""

import random

from framework.echo import arp_request, echo_request

MAC = "02:66:77:88:99:aa"
SEED = 20221122
SHORTEST_ETHERNET = 14
ETHER_TYPES = (0x0800, 0x0806, 0x8100, 0x88a8, 0x86dd)


def every_length():
    """Frames of each length from 1 to 64 bytes: zeros, ones and noise."""
    noise = random.Random(SEED)
    frames = []
    for length in range(1, 65):
        frames += [bytes(length), b"\xff" * length, noise.randbytes(length)]
    return frames


def sound_requests():
    """Requests that icmpecho answers."""
    return [arp_request(), arp_request(vlan=5), echo_request(MAC, 30),
            echo_request(MAC, 30, vlan=5)]


def cut_requests():
    """Requests cut off at every length, each behind a sound one of the same kind.

    A program that reads behind the end of a frame may find there what the last one left.
    """
    frames = []
    for request in sound_requests():
        for length in range(1, len(request)):
            frames += [request, request[:length]]
    return frames


def noise_frames(count):
    """Noise of all lengths; half of it behind an Ethernet header of a known type."""
    noise = random.Random(SEED)
    frames = []
    for number in range(count):
        frame = noise.randbytes(noise.randint(1, 1514))
        if number % 2:
            ether_type = noise.choice(ETHER_TYPES).to_bytes(2, "big")
            frame = noise.randbytes(12) + ether_type + frame[:1500]
        frames.append(frame)
    return frames


def damaged_requests(count):
    """Sound requests with one to four bytes changed."""
    noise = random.Random(SEED)
    requests = sound_requests()
    frames = []
    for _ in range(count):
        frame = bytearray(noise.choice(requests))
        for _ in range(noise.randint(1, 4)):
            frame[noise.randrange(12, len(frame))] = noise.randrange(256)
        frames.append(bytes(frame))
    return frames


CORPORA = {
    "lengths": every_length,
    "cut": cut_requests,
    "noise": lambda: noise_frames(1000),
    "damaged": lambda: damaged_requests(1000),
}
