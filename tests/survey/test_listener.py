import socket

from survey.listener import send_at_once


def test_connections_that_a_listening_socket_accepts_send_at_once():
    with socket.socket() as listener, socket.socket() as client:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        assert send_at_once() >= 1
        client.connect(listener.getsockname())
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert send_at_once() >= 0
