package expr

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSkippingToAFixedTextFindsTheSameMatches(t *testing.T) {
	patterns := []string{`(&|^)id=([^&]*)`, `[?&]id=([^&]+)`, `(?:^|&)id=(\d*)`, `(a|)id(.*)`, `(^|)i(d+)`, `(aa|)ida`, `(a|)aa([^b]*)`, `(a|)a`, `id=([é-ü]*)`, `id=(?s:.*)`, `id=(.*?)`, `((a)|b)id`, `id=()`, `id=(\D+)`, `(&|^)channel_id=([^&]*)`, `^id=(\d)`, `\bid=(\d+)`, `.id=(.)`, `é?id=(.*)`, `(?i)id=(.)`, `[a-z]*id=(.)`, `(a|bc)?id=`, `id`, `$id`, `(?m)^id=(.)`}
	texts := []string{
		"", "channel_id=1", "a=2&channel_id=3&channel_id=4", "xchannel_id=5", "xchannel_id=5&channel_id=6", "id=1", "xid=1 id=2", "éid=3", "xxéid=3", "ID=4",
		"bcid=", "bbcid=id=", "aid=aid=", "x\nid=7", "idid=8", "日本id=9",
	}
	for _, pattern := range patterns {
		re := regexp.MustCompile(pattern)
		s := newSkipping(re)
		for _, text := range texts {
			if want, got := re.FindStringSubmatchIndex(text), s.find(text); !slices.Equal(want, got) {
				t.Errorf("%s in %q: %v, not %v", pattern, text, got, want)
			}
		}
		rapid.Check(t, func(t *rapid.T) {
			pieces := rapid.SliceOf(rapid.SampledFrom([]string{"a", "b", "&", "?", "id", "id=", "i", "d", "1", "é", "\n", "\xff", "channel_id="})).Draw(t, "pieces")
			text := strings.Join(pieces, "")
			if want, got := re.FindStringSubmatchIndex(text), s.find(text); !slices.Equal(want, got) {
				t.Fatalf("%s in %q: %v, not %v", pattern, text, got, want)
			}
		})
	}
}
