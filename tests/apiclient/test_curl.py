import shlex

from hub_app.apiclient.call import curl


def test_whatever_a_request_holds_is_one_word_of_the_shell() -> None:
    headers = {"X-Note": "it's $HOME `id`"}
    command = curl("POST", '"$URL"', headers, "{'a': \"$(id)\"}", arguments=['-u "$USER:$PASSWORD"'])
    assert shlex.split(command.replace("\\\n", "")) == [
        *("curl", "-X", "POST", "$URL"),
        *("-u", "$USER:$PASSWORD"),
        *("-H", "X-Note: it's $HOME `id`"),
        *("--data-raw", "{'a': \"$(id)\"}"),
    ]


def test_without_a_body_none_is_sent() -> None:
    assert curl("GET", "'https://a.example/'", {}, "") == "curl -X GET 'https://a.example/'"
