#!/usr/bin/env python3
"""Draws the shop's product pictures, img/N.png: 320 x 240, from shapes alone, the same every time.

Run by hand in this folder when a picture changes; the pictures are committed.
"""
import math
import struct
import zlib

WIDTH, HEIGHT = 320, 240


def rounded(x, y, cx, cy, half_w, half_h, radius):
    """Signed distance to a box with round corners."""
    qx, qy = abs(x - cx) - half_w + radius, abs(y - cy) - half_h + radius
    return math.hypot(max(qx, 0), max(qy, 0)) + min(max(qx, qy), 0) - radius


def disc(x, y, cx, cy, radius):
    return math.hypot(x - cx, y - cy) - radius


def ring(x, y, cx, cy, radius, thickness):
    return abs(disc(x, y, cx, cy, radius)) - thickness / 2


def ellipse(x, y, cx, cy, rx, ry):
    return (math.hypot((x - cx) / rx, (y - cy) / ry) - 1) * min(rx, ry)


def stroke(x, y, ax, ay, bx, by, thickness):
    """Signed distance to a line with round ends."""
    px, py, dx, dy = x - ax, y - ay, bx - ax, by - ay
    t = max(0, min(1, (px * dx + py * dy) / (dx * dx + dy * dy)))
    return math.hypot(px - t * dx, py - t * dy) - thickness / 2


def polygon(x, y, *points):
    """Signed distance to a convex polygon given clockwise on the screen."""
    far = -1e9
    for (ax, ay), (bx, by) in zip(points, points[1:] + points[:1]):
        length = math.hypot(bx - ax, by - ay)
        far = max(far, ((x - ax) * (by - ay) - (y - ay) * (bx - ax)) / length)
    return far


def shadow(x, y, half=86):
    return ellipse(x, y, 160, 205, half, 9)


def mug(x, y):
    yield shadow(x, y), 0xE3B9A4
    yield ring(x, y, 218, 128, 30, 15), 0xC2492F
    yield rounded(x, y, 152, 130, 62, 70, 16), 0xD9593C
    yield rounded(x, y, 110, 130, 12, 54, 10), 0xE8816A
    yield ellipse(x, y, 152, 68, 60, 12), 0x8E3220
    yield ellipse(x, y, 152, 71, 50, 8), 0x4A2A20


def lamp(x, y):
    yield shadow(x, y, 76), 0x9DB9C4
    yield polygon(x, y, (212, 112), (262, 190), (150, 190), (176, 112)), 0xFFF1C2
    yield rounded(x, y, 122, 197, 48, 8, 6), 0x1F4756
    yield stroke(x, y, 122, 194, 104, 128, 9), 0x2A6377
    yield stroke(x, y, 104, 128, 168, 70, 9), 0x2A6377
    yield disc(x, y, 104, 128, 9), 0x1F4756
    yield polygon(x, y, (170, 52), (212, 66), (230, 114), (158, 114)), 0x327A92
    yield ellipse(x, y, 194, 114, 36, 7), 0xFFD766


def clock(x, y):
    yield shadow(x, y, 70), 0xC7B6DB
    yield disc(x, y, 160, 118, 84), 0x4B3A78
    yield disc(x, y, 160, 118, 72), 0xFDFBFF
    for hour in range(12):
        a = math.radians(hour * 30)
        inner = 58 if hour % 3 else 53
        yield stroke(x, y, 160 + inner * math.sin(a), 118 - inner * math.cos(a),
                     160 + 64 * math.sin(a), 118 - 64 * math.cos(a), 5 if hour % 3 == 0 else 3), 0x4B3A78
    yield stroke(x, y, 160, 118, 131, 92, 7), 0x2C2150
    yield stroke(x, y, 160, 118, 192, 80, 5), 0x2C2150
    yield disc(x, y, 160, 118, 6), 0xE0566B


def notebook(x, y):
    yield rounded(x, y, 168, 130, 64, 86, 10), 0xC9C08F
    yield rounded(x, y, 164, 124, 62, 84, 8), 0xFFFDF2
    yield rounded(x, y, 156, 120, 62, 84, 10), 0x3E8E5A
    yield rounded(x, y, 104, 120, 10, 84, 6), 0x2C6B43
    yield rounded(x, y, 168, 92, 34, 18, 4), 0xFDF6DD
    yield stroke(x, y, 146, 87, 190, 87, 4), 0x3E8E5A
    yield stroke(x, y, 146, 97, 176, 97, 4), 0x8FBF9F
    yield rounded(x, y, 206, 120, 4, 84, 2), 0xE9B949


def plant(x, y):
    yield shadow(x, y, 66), 0xA9C9A9
    for dx, top, thick, colour in ((-52, 76, 26, 0x3F9152), (52, 72, 26, 0x2F7A44), (-24, 46, 28, 0x55A866),
                                   (26, 40, 28, 0x3F9152), (0, 30, 30, 0x6CBF7A)):
        yield stroke(x, y, 160 + dx * 0.15, 140, 160 + dx, top + 12, thick), colour
    yield polygon(x, y, (112, 132), (208, 132), (194, 206), (126, 206)), 0xC8693B
    yield rounded(x, y, 160, 132, 56, 12, 5), 0xDB7D4C
    yield polygon(x, y, (122, 146), (134, 146), (142, 196), (132, 196)), 0xE39A70


def kite(x, y):
    yield stroke(x, y, 150, 150, 178, 186, 3), 0x5B6B82
    yield stroke(x, y, 178, 186, 158, 204, 3), 0x5B6B82
    yield stroke(x, y, 158, 204, 196, 224, 3), 0x5B6B82
    yield polygon(x, y, (168, 178), (188, 174), (188, 194)), 0xE0566B
    yield polygon(x, y, (150, 198), (170, 200), (158, 214)), 0xF2B632
    yield polygon(x, y, (176, 22), (150, 86), (92, 76)), 0xE0566B
    yield polygon(x, y, (176, 22), (226, 98), (150, 86)), 0xF2B632
    yield polygon(x, y, (92, 76), (150, 86), (150, 152)), 0x2E6FB7
    yield polygon(x, y, (226, 98), (150, 152), (150, 86)), 0x3FA3A0
    yield stroke(x, y, 176, 22, 150, 152, 3), 0x33415C
    yield stroke(x, y, 92, 76, 226, 98, 3), 0x33415C


def bowl(x, y):
    yield shadow(x, y, 80), 0xB4C6E3
    yield rounded(x, y, 160, 194, 38, 10, 4), 0x234A8C
    yield max(ellipse(x, y, 160, 108, 96, 84), 108 - y), 0x2E62B8
    yield max(ellipse(x, y, 132, 112, 56, 66), 118 - y, ), 0x4A7DD0
    yield ellipse(x, y, 160, 108, 96, 20), 0xDDE8FA
    yield ellipse(x, y, 160, 110, 86, 14), 0x9DBBEB
    for at in (88, 124, 160, 196, 232):
        yield disc(x, y, at, 146 - abs(at - 160) * 0.1, 7), 0xF5F8FF


def candle(x, y):
    yield disc(x, y, 160, 66, 58), 0xFFE9B8
    yield shadow(x, y, 74), 0xD9C3A6
    yield ellipse(x, y, 160, 196, 70, 14), 0x8A5A44
    yield ellipse(x, y, 160, 192, 62, 10), 0xA87158
    yield rounded(x, y, 160, 146, 30, 48, 7), 0xFBF3E4
    yield rounded(x, y, 177, 148, 12, 46, 6), 0xEADBC2
    yield ellipse(x, y, 160, 99, 30, 7), 0xFFFBF2
    yield stroke(x, y, 160, 99, 160, 86, 3), 0x4A3428
    yield max(ellipse(x, y, 160, 68, 14, 24), -10), 0xF59E2E
    yield ellipse(x, y, 160, 74, 8, 14), 0xFFE27A


PICTURES = [
    (0xFBE3D6, mug), (0xD5E6ED, lamp), (0xE9E0F5, clock), (0xF1EBC9, notebook),
    (0xDDEEDD, plant), (0xDCEBFA, kite), (0xE1EAF8, bowl), (0xF6E7D1, candle),
]


def channels(colour):
    return colour >> 16, colour >> 8 & 255, colour & 255


def pixel(background, shapes, x, y):
    r, g, b = channels(background)
    for distance, colour in shapes(x + 0.5, y + 0.5):
        cover = max(0.0, min(1.0, 0.5 - distance))
        if cover:
            cr, cg, cb = channels(colour)
            r, g, b = r + (cr - r) * cover, g + (cg - g) * cover, b + (cb - b) * cover
    return bytes((round(r), round(g), round(b)))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(background, shapes):
    rows = b"".join(
        b"\0" + b"".join(pixel(background, shapes, x, y) for x in range(WIDTH)) for y in range(HEIGHT))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9))
            + chunk(b"IEND", b""))


for number, (background, shapes) in enumerate(PICTURES, 1):
    with open(f"img/{number}.png", "wb") as file:
        file.write(png(background, shapes))
