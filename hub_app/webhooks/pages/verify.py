"""How a receiver verifies a signature, with the libraries of https://www.standardwebhooks.com."""

_PYTHON = """\
# pip install standardwebhooks
import os
from standardwebhooks import Webhook

event = Webhook(os.environ["WEBHOOK_SECRET"]).verify(request_body, request_headers)
"""
_NODE = """\
// npm install standardwebhooks
import { Webhook } from "standardwebhooks";

const event = new Webhook(process.env.WEBHOOK_SECRET).verify(rawBody, request.headers);
"""
_GO = """\
// go get github.com/standard-webhooks/standard-webhooks/libraries
import standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

webhook, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET"))
if err == nil {
    err = webhook.Verify(body, request.Header)
}
"""
SNIPPETS = {"Python": _PYTHON, "Node": _NODE, "Go": _GO}
