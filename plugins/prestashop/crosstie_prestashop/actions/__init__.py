"""What can be done in a shop: each action is a class whose fields are its parameters.

Every one of them looks before it writes, and can be tried again after an answer that was lost:
`writing` says what the webservice's answers mean then, `rights` what the key must be allowed.
"""
