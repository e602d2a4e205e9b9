package api

import (
	"encoding/json"
	"strconv"
)

func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		return `""`
	}
	return string(out)
}

func statusText(status int) string { return strconv.Itoa(status) }
