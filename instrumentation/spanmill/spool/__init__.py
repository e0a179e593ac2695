"""
The spool: a folder for what the collector did not take, so that neither an outage nor the end of a process loses it.

It lies below the masker: what is written is masked and encoded, as it would have been sent. Nothing of it is loaded
unless an application asks for it.
"""
