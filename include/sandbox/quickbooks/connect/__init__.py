"""OAuth 2.0: the consent page, codes, tokens, id tokens, and the gateway that asks for them."""
