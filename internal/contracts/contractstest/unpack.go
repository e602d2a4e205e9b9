package contractstest

import (
	"regexp"

	"github.com/weftmesh/weft/internal/contracts"
)

// fileMark opens each file of a mesh that is kept as one text.
var fileMark = regexp.MustCompile(`(?m)^-- (\S+) --\n`)

// Unpack takes a mesh apart that is kept as one text, each file after a line with its name: -- mesh.yaml --.
func Unpack(text string) contracts.Bundle {
	files := contracts.Bundle{}
	marks := fileMark.FindAllStringSubmatchIndex(text, -1)
	for i, mark := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		files[text[mark[2]:mark[3]]] = text[mark[1]:end]
	}
	return files
}
