"""Opens two documents in a language server and prints the diagnostics it publishes."""
import json
import subprocess
import sys

GOOD = "func.func @f(%p: tensor<4x8x64x128xf32>, %l: tensor<4x8x64xf32>) -> tensor<8x64x128xbf16> {\n" \
       "  %o = msa.combine %p, %l : (tensor<4x8x64x128xf32>, tensor<4x8x64xf32>) -> tensor<8x64x128xbf16>\n" \
       "  return %o : tensor<8x64x128xbf16>\n}\n"
BAD = GOOD.replace("msa.combine %p, %l", "msa.attend %p, %l, %p, %l {block_size = 128 : i64}")
server = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def send(method, params, number=None):
    message = {"jsonrpc": "2.0", "method": method, "params": params, **({"id": number} if number else {})}
    body = json.dumps(message).encode()
    server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    server.stdin.flush()


def receive(method):
    while True:
        length = 0
        while line := server.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        message = json.loads(server.stdout.read(length))
        if message.get("method") == method:
            return message["params"]


send("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, 1)
for name, text in (("good", GOOD), ("bad", BAD)):
    send("textDocument/didOpen", {"textDocument": {"uri": f"file:///{name}.mlir", "languageId": "mlir", "version": 1, "text": text}})
    print(name, json.dumps([d["message"] for d in receive("textDocument/publishDiagnostics")["diagnostics"]]))
server.kill()
