"""An echo bot for Parley, written from docs/protocol.md alone.

It answers each message that starts with "echo " with the rest of it: once, whatever happens in between. All that it
must remember is in one file: its session, the place up to which it has answered, and the answers that the server may
still lose.

    pip install -r requirements.txt
    BOT_PASSWORD=... python bot.py http://localhost:8080 echo-bot state.json
"""
import hashlib, json, os, pathlib, random, sys, threading, time, uuid
import requests, socketio

PROTOCOL = 4
RETRYABLE = {"rate_limited", "internal", "unavailable", "log_full", "waiting", "not_ready"}


class Again(Exception):
    """Nothing is decided: connect anew and go on from the kept place."""


class Bot:
    def __init__(self, url, username, password, path):
        self.url, self.username, self.password, self.path = url, username, password, pathlib.Path(path)
        # places: {epoch: {conversationId: seq}}; answers: {commandId: {conversationId, text, seq}}, not yet archived.
        self.state = {"refreshToken": None, "places": None, "answers": {}}
        if self.path.exists():
            self.state = json.loads(self.path.read_text())

    def save(self):
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(self.state))
        os.replace(draft, self.path)

    # Sign-in: one device for ever, kept by its refresh token.
    def sign_in(self):
        session = self.post("/refresh", {"refreshToken": self.state["refreshToken"]}) if self.state["refreshToken"] else None
        if session is None:
            session = self.post("/sign-in", {"username": self.username, "password": self.password, "headless": True})
        if session is None:
            sys.exit("The server refuses this username and password.")
        self.state["refreshToken"] = session["refreshToken"]
        self.save()
        self.me, self.token, self.until = session["user"]["userId"], session["accessToken"], session["accessExpiresAt"] / 1000

    def post(self, path, body):
        return self.http("POST", path, json=body)

    def http(self, method, path, **more):
        """The answer, or None for a refusal that is final."""
        try:
            reply = requests.request(method, f"{self.url}/api/v1{path}", timeout=10, **more)
        except requests.RequestException as error:
            raise Again(str(error))
        if reply.status_code == 429 or reply.status_code >= 500:
            raise Again(reply.text)
        return reply.json() if reply.ok else None

    def start_at_head(self):
        """A new bot does not answer what was said before it came."""
        found = self.http("GET", "/conversations", headers={"Authorization": f"Bearer {self.token}"})
        if found is None:
            raise Again("The session ended: sign in again.")
        self.state["places"] = {}
        for row in found["conversations"]:
            self.state["places"].setdefault(row["epoch"], {})[row["conversationId"]] = row["head"]
        self.save()

    # The socket.
    def run(self):
        """One connection, from the handshake to its end. A push only says that there is something to sync."""
        self.sign_in()
        if self.state["places"] is None:
            self.start_at_head()
        self.socket, heard = socketio.Client(reconnection=False), threading.Event()
        for push in ("events", "resync"):
            self.socket.on(push, lambda *_: heard.set())
        self.socket.on("drain", lambda *_: self.socket.disconnect())
        heard.set()
        try:
            self.socket.connect(self.url, auth={"token": self.token, "protocol": PROTOCOL}, transports=["websocket"])
            while self.socket.connected:
                if self.until - time.time() < 60:
                    self.sign_in()
                    self.ask("authenticate", {"token": self.token})
                if heard.wait(timeout=1):
                    heard.clear()
                    self.sync()
        finally:
            self.socket.disconnect()

    def ask(self, request, body):
        try:
            answer = self.socket.call(request, body, timeout=10)
        except socketio.exceptions.SocketIOError as error:
            raise Again(str(error))
        if not answer["ok"]:
            raise Again(answer["refusal"]["message"])
        return answer["reply"]

    def sync(self):
        while True:
            mine = {answer["conversationId"] for answer in self.state["answers"].values()}
            page = self.ask("sync", {"positions": self.state["places"], "unarchived": sorted(mine)[:500]})
            for one in page["conversations"]:
                self.catch_up(one)
            self.save()
            if not page["more"]:
                return

    def catch_up(self, one):
        conversation, epoch = one["conversationId"], one["epoch"]
        if "shared" in one:  # The log went back in time: answers beyond that are sent again.
            held = [seqs.pop(conversation) for seqs in self.state["places"].values() if conversation in seqs]
            self.state["places"].setdefault(epoch, {})[conversation] = min(max(held, default=0), one["shared"])
            for answer in list(self.state["answers"].items()):
                if answer[1]["conversationId"] == conversation and answer[1]["seq"] > one["shared"]:
                    self.send(*answer)
        place = self.state["places"].setdefault(epoch, {})
        steps = [(event["seq"], event) for event in one["events"]] + [(run["to"], None) for run in one["withheld"]]
        for seq, event in sorted(steps, key=lambda step: step[0]):
            if event is not None and seq > place.get(conversation, 0):
                self.answer(event)
            place[conversation] = max(seq, place.get(conversation, 0))
        done = {id: a for id, a in self.state["answers"].items() if a["conversationId"] != conversation or a["seq"] > one["archived"]}
        self.state["answers"] = done

    # What it is for.
    def answer(self, event):
        content = event.get("body", {}).get("content", {}) if event["type"] == "message.sent" else {}
        text = content.get("text", "")
        if event["actor"]["userId"] == self.me or not text.startswith("echo ") or len(text) == 5:
            return
        answer = {"conversationId": event["conversationId"], "text": text[5:], "seq": sys.maxsize}
        self.send(answer_id(event["commandId"]), answer)

    def send(self, command_id, answer):
        """Until it is decided. The id comes from the question, so the same answer is stored once, even after a crash."""
        content = {"suite": "none", "text": answer["text"]}
        command = {"commandId": command_id, "type": "message.send", "conversationId": answer["conversationId"], "content": content}
        [result] = self.ask("command", {"commands": [command]})["results"]
        if "receipt" in result:
            self.state["answers"][command_id] = {**answer, "seq": result["receipt"]["seq"]}
        elif result["refusal"]["kind"] in RETRYABLE:
            raise Again(result["refusal"]["message"])
        else:
            self.state["answers"].pop(command_id, None)
            print("refused:", result["refusal"]["message"], flush=True)


def answer_id(question_id):
    """A UUIDv7 with the question's time, and random bits that depend on the question alone."""
    digest = hashlib.sha256(b"echo/" + question_id.encode()).digest()
    raw = bytearray(uuid.UUID(question_id).bytes[:6] + digest[:10])
    raw[6], raw[8] = raw[6] & 0x0F | 0x70, raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))


def main():
    bot = Bot(sys.argv[1], sys.argv[2], os.environ["BOT_PASSWORD"], sys.argv[3])
    attempt = 0
    while True:
        started = time.monotonic()
        try:
            bot.run()
        except (Again, socketio.exceptions.SocketIOError, requests.RequestException) as why:
            print("again:", why, flush=True)
        attempt = 0 if time.monotonic() - started > 10 else min(attempt + 1, 3)
        time.sleep(random.uniform(0, 0.5 * 2**attempt))


if __name__ == "__main__":
    main()
