import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy as np
import pytest

from pipeline.embed.voyage import DIM, IMAGES, TEXTS, VoyageEncoder
from pipeline.errors import EncoderError


def embeddings(body):
    """As the service answers, in no order: the vector's first number is how long the content is."""
    sizes = [len(entry["content"][0].get("text", "") or entry["content"][0].get("image_base64")) for entry in body["inputs"]]
    rows = [{"object": "embedding", "index": i, "embedding": [float(n), 1.0] + [0.0] * (DIM - 2)} for i, n in enumerate(sizes)]
    return 200, {"object": "list", "data": rows[::-1], "model": body["model"]}


@contextmanager
def service(answer=embeddings) -> Iterator[tuple[str, list]]:
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            seen.append((self.path, self.headers["Authorization"], body))
            status, content = answer(body)
            payload = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", seen
    finally:
        server.shutdown()
        server.server_close()


def encoder(base_url):
    return VoyageEncoder("voyage-multimodal-3", api_key="secret-key", base_url=base_url, backoff=0.0)


def test_texts_come_back_in_order_at_unit_length_in_batches():
    texts = ["x" * (i + 1) for i in range(TEXTS + 3)]
    with service() as (url, seen):
        vectors = encoder(url).embed_texts(texts)
    assert vectors.shape == (len(texts), DIM)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(vectors[:, 0] / vectors[:, 1], [len(text) for text in texts], rtol=1e-4)
    assert [len(body["inputs"]) for _, _, body in seen] == [TEXTS, 3]


def test_both_sides_are_sent_alike_without_an_input_type(draw, encode):
    picture = encode(draw(1))
    with service() as (url, seen):
        encoder(url).embed_texts(["a"])
        encoder(url).embed_images([picture])
    (path, key, text), (_, _, image) = seen
    assert (path, key) == ("/v1/multimodalembeddings", "Bearer secret-key")
    assert text["input_type"] is image["input_type"] is None
    assert image["inputs"][0]["content"] == [
        {"type": "image_base64", "image_base64": "data:image/jpeg;base64," + base64.b64encode(picture).decode()}
    ]


def test_pictures_go_a_few_at_a_time(draw, encode):
    with service() as (url, seen):
        encoder(url).embed_images([encode(draw(1))] * (IMAGES + 1))
    assert [len(body["inputs"]) for _, _, body in seen] == [IMAGES, 1]


def test_nothing_in_nothing_out():
    with service() as (url, seen):
        assert encoder(url).embed_texts([]).shape == (0, DIM)
    assert seen == []


def test_a_busy_service_is_asked_again():
    answers = iter([(429, {"detail": "slow down"}), (503, {})])
    with service(lambda body: next(answers, None) or embeddings(body)) as (url, seen):
        assert encoder(url).embed_texts(["a"]).shape == (1, DIM)
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {"detail": "no such key"}), "401.*no such key.*VOYAGE_API_KEY"),
        ((429, {"detail": "slow down"}), "429.*rate limit"),
        ((400, {"detail": "too many pixels"}), "too many pixels"),
        ((200, {"data": [{"index": 0, "embedding": [1.0, 2.0]}]}), "needed"),
        ((200, {"unexpected": 1}), "no embeddings"),
        ((200, {"data": [{"index": 0, "embedding": [0.0] * DIM}]}), "zero or not finite"),
    ],
)
def test_what_the_service_refuses_is_said_without_the_key(answer, said):
    with service(lambda _: answer) as (url, _), pytest.raises(EncoderError, match=said) as raised:
        encoder(url).embed_texts(["a"])
    assert "secret-key" not in str(raised.value)


def test_a_service_that_is_not_there_is_said():
    with service() as (url, _):
        pass
    with pytest.raises(EncoderError, match="did not answer"):
        encoder(url).embed_texts(["a"])


def test_bytes_that_are_no_picture_are_not_sent():
    with service() as (url, seen), pytest.raises(EncoderError, match="none of JPEG"):
        encoder(url).embed_images([b"<svg/>"])
    assert seen == []


def test_without_a_key_nothing_starts(monkeypatch):
    monkeypatch.delenv("VOYAGE_API_KEY", raising=False)
    with pytest.raises(EncoderError, match="VOYAGE_API_KEY"):
        VoyageEncoder("voyage-multimodal-3")
