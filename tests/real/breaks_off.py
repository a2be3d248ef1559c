"""A server that breaks off: each path is one way to misbehave. Says its port, and each request, on stdout."""

import socket
import struct
import sys
import threading

PATIENCE = 120  # seconds that a silent connection is held open


def say(text):
    print(text, flush=True)


def request(client):
    """Path and head of a request; no path when the client goes away or sends something else than HTTP."""
    head = b""
    while b"\r\n\r\n" not in head:
        more = client.recv(65536)
        if not more:
            return None, head
        head += more
    words = head.split(b"\r\n", 1)[0].split(b" ")
    return words[1].decode("latin-1") if len(words) > 1 else None, head


def ok(*fields, kind="text/html"):
    lines = ["HTTP/1.1 200 OK", "Content-Type: " + kind, *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def reset(client):
    """RST instead of FIN."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hold(client):
    """Nothing more is sent; ends when the other side closes."""
    while client.recv(65536):
        pass


def flood(client, piece):
    while True:
        client.sendall(piece)


def answer(client, path, head):
    if path == "/cut":
        client.sendall(ok("Content-Length: 1000") + b"<p>only this")
    elif path == "/cut-chunked":
        client.sendall(ok("Transfer-Encoding: chunked") + b"c\r\n<p>only this\r\n")
    elif path == "/reset":
        reset(client)
    elif path == "/reset-in-body":
        client.sendall(ok("Content-Length: 1000") + b"<p>only this")
        reset(client)
    elif path == "/silent":
        hold(client)
    elif path == "/first-byte":
        client.sendall(b"H")
        say("sent " + path)
        hold(client)
    elif path == "/drip":
        client.sendall(ok("Content-Length: 1000"))
        client.settimeout(60)
        while True:
            client.sendall(b"<")
            try:
                if not client.recv(65536):
                    return
            except socket.timeout:
                pass
    elif path == "/endless":
        client.sendall(ok())
        flood(client, b"<p>on and on" * 4096)
    elif path == "/endless-head":
        client.sendall(b"HTTP/1.1 200 OK\r\n")
        flood(client, b"X-More: and more\r\n" * 4096)
    elif path == "/endless-picture":
        body = b"<!DOCTYPE html><title>t</title><p>text<img src=/endless-picture.png>"
        client.sendall(ok("Content-Length: %d" % len(body)) + body)
    elif path == "/endless-picture.png":
        client.sendall(ok(kind="image/png"))
        flood(client, b"\x89PNG\r\n\x1a\n" * 8192)
    elif path == "/slow-style":
        body = b"<!DOCTYPE html><title>t</title><link rel=stylesheet href=/silent><p>text"
        client.sendall(ok("Content-Length: %d" % len(body)) + body)
    elif path == "/not-http":
        client.sendall(b"220 mail.test ready for a letter\r\n")
    elif path == "/bad-length":
        client.sendall(ok("Content-Length: twelve") + b"<p>only this")
    elif path == "/bad-gzip":
        client.sendall(ok("Content-Encoding: gzip", "Content-Length: 12") + b"<p>only this")
    elif path == "/teapot":
        client.sendall(b"HTTP/1.1 418 I'm a teapot\r\nContent-Type: text/html\r\nContent-Length: 8\r\n\r\n<p>steam")
    elif path.startswith("/on/"):
        number = int(path[4:])
        client.sendall(b"HTTP/1.1 302 Found\r\nLocation: /on/%d\r\nContent-Length: 0\r\n\r\n" % (number + 1))
    elif path == "/to-another-origin":
        port = client.getsockname()[1]
        client.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://localhost:%d/without-token\r\nContent-Length: 0\r\n\r\n" % port)
    elif path.startswith("/for-ann"):
        known = b"authorization: basic yw5uonmzy3jlda==" in head.lower()
        status = b"200 OK" if known else b"401 Unauthorized"
        body = b"<title>a</title><link rel=stylesheet href=/for-ann/style><p>a"
        kind = b"text/css" if path.endswith("style") else b"text/html"
        client.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Type: " + kind + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    elif path == "/without-token":
        status = b"403 Forbidden" if b"x-token:" in head.lower() else b"200 OK"
        client.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p>a")
    else:
        client.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def serve(client):
    client.settimeout(PATIENCE)
    try:
        path, head = request(client)
        if path is not None:
            say("asked " + path)
            answer(client, path, head)
    except OSError:
        pass  # the other side went away
    finally:
        client.close()


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    say("port %d" % listener.getsockname()[1])
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
