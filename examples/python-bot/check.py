"""Checks the bot against a running server: every question is answered once, also over kills of the bot and, with
--steps, over whatever the caller does to the server while this waits for a line on its standard input.

    python check.py http://localhost:8080 <access token of somebody who may invite> [--steps]

Prints "asked N" before each wait and "ok" at the end; exits with 1 and says what is wrong otherwise.
"""
import collections, json, os, pathlib, subprocess, sys, tempfile, time, uuid
import requests

url, admin = sys.argv[1], sys.argv[2]
here = pathlib.Path(__file__).parent
password = "a long password of a bot"
# Seconds: a bound for slow machines, by which nothing is measured.
PATIENCE = 180


def call(path, body=None, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            reply = requests.post(f"{url}/api/v1{path}", json=body, headers=headers, timeout=10)
            if reply.status_code not in (429, 500, 502, 503):
                reply.raise_for_status()
                return reply.json()
        except (requests.ConnectionError, requests.Timeout):
            pass
        time.sleep(0.5)
    sys.exit(f"{path} does not answer")


def uuid7():
    raw = bytearray(int(time.time() * 1000).to_bytes(6, "big") + os.urandom(10))
    raw[6], raw[8] = raw[6] & 0x0F | 0x70, raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))


def sign_up(name, invite):
    return call("/sign-up", {"invite": invite, "name": name, "username": name, "password": password, "headless": True})


def command(token, **fields):
    """Sends one command with one id until it is decided."""
    fields = {"commandId": uuid7(), **fields}
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        [result] = call("/commands", {"commands": [fields]}, token)["results"]
        if "receipt" in result:
            return result["receipt"]
        time.sleep(0.5)
    sys.exit(f"{fields['type']} was refused: {result['refusal']['message']}")


def texts(token, conversation):
    """All that was said in a conversation, from the beginning."""
    said, positions = [], {}
    while True:
        page = call("/sync", {"positions": positions}, token)
        for one in page["conversations"]:
            if one["conversationId"] == conversation:
                said += [event for event in one["events"] if event["type"] == "message.sent"]
            last = [event["seq"] for event in one["events"]] + [run["to"] for run in one["withheld"]]
            if last:
                positions.setdefault(one["epoch"], {})[one["conversationId"]] = max(last)
        if not page["more"]:
            return said


def start_bot(name, state):
    environment = {**os.environ, "BOT_PASSWORD": password}
    return subprocess.Popen([sys.executable, str(here / "bot.py"), url, name, state], env=environment)


def wait_for_start(state):
    """A new bot does not answer what was said before it came: nothing is asked until it knows where it begins."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        kept = pathlib.Path(state)
        if kept.exists() and json.loads(kept.read_text())["places"] is not None:
            return
        time.sleep(0.1)
    sys.exit("the bot did not start")


def main():
    run = os.urandom(4).hex()
    invite = call("/invites", {"uses": 2, "hours": 1}, admin)["code"]
    bot_session, person = sign_up(f"bot-{run}", invite), sign_up(f"carol-{run}", invite)
    me, token = bot_session["user"]["userId"], person["accessToken"]
    conversation = command(token, type="conversation.create", kind="group", name="echoes", members=[me])["conversationId"]
    questions = 0
    with tempfile.TemporaryDirectory() as folder:
        state = str(pathlib.Path(folder) / "state.json")
        for step in range(3):
            bot = start_bot(f"bot-{run}", state)
            try:
                wait_for_start(state)
                for _ in range(3):
                    questions += 1
                    command(token, type="message.send", conversationId=conversation, content={"suite": "none", "text": f"echo {questions}"})
                print(f"asked {questions}", flush=True)
                if "--steps" in sys.argv:
                    sys.stdin.readline()
                wait_for(token, conversation, me, questions)
            finally:
                bot.kill()
                bot.wait()
    print("ok", flush=True)


def wait_for(token, conversation, me, questions):
    wanted = {str(number): 1 for number in range(1, questions + 1)}
    deadline = time.monotonic() + PATIENCE
    answers = collections.Counter()
    while time.monotonic() < deadline:
        answers = collections.Counter(event["body"]["content"]["text"] for event in texts(token, conversation) if event["actor"]["userId"] == me)
        if any(count > 1 for count in answers.values()):
            sys.exit(f"answered twice: {dict(answers)}")
        if dict(answers) == wanted:
            return
        time.sleep(0.3)
    sys.exit(f"answered {dict(answers)}, not {wanted}")


main()
