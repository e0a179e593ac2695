-- Makes a changed price count for the next span; without it the dictionary sees it within half a minute.
SYSTEM RELOAD DICTIONARY /*on cluster*/ model_price
