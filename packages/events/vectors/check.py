"""Checks vectors.json with nothing but Python's standard library, as a client in another language would compute them."""
import base64, hashlib, json, pathlib, sys, uuid


def jcs(value):
    """RFC 8785 for what Parley stores: integers, text, booleans, null, lists, objects. Keys sort by UTF-16 units."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(jcs(key) + ":" + jcs(value[key]) for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(jcs, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def sha(*parts):
    return hashlib.sha256(b"".join(part.encode() if isinstance(part, str) else part for part in parts)).digest()


def direct(workspace, *users):
    raw = bytearray(sha("parley/direct/1", *(uuid.UUID(one).bytes for one in [workspace, *sorted(users)]))[:16])
    raw[6], raw[8] = raw[6] & 0x0F | 0x80, raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))


vectors = json.loads(pathlib.Path(__file__).with_name("vectors.json").read_text("utf-8"))
wrong = [case["text"] for case in vectors["canonical"] if jcs(case["value"]) != case["text"]]
wrong += [case for case in vectors["direct"] if direct(case["workspaceId"], *case["users"]) != case["conversationId"]]
wrong += [case for case in vectors["partitions"] if int(case["conversationId"][-2:], 16) & 63 != case["partition"]]
for chain in vectors["chains"]:
    link = sha("parley/chain/1", chain["conversationId"])
    wrong += [] if link.hex() == chain["start"] else ["start of " + chain["conversationId"]]
    for event in chain["events"]:
        header = {key: event["event"][key] for key in event["event"] if key not in ("salt", "body")}
        committed = sha(base64.urlsafe_b64decode(event["event"]["salt"] + "=="), jcs(event["event"]["body"]))
        link = sha(link, jcs(header), committed)
        wrong += [] if (committed.hex(), link.hex()) == (event["commitment"], event["chain"]) else [header]
print("wrong:" if wrong else "All vectors agree.", *wrong)
sys.exit(1 if wrong else 0)
