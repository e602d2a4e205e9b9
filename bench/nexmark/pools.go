package nexmark

import (
	"fmt"
	"strings"
)

// maker draws the pools, from a counter of its own.
type maker struct {
	seed uint64
	next int64
}

func (m *maker) below(n int64) int64 {
	m.next++
	return below(draw(m.seed, -m.next, 0), n)
}

// text is letters, and once in 13 characters the special one; 0 leaves that out.
func (m *maker) text(n int, special byte) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + m.below(26))
		if special != 0 && m.below(13) == 0 {
			b[i] = special
		}
	}
	return string(b)
}

func (m *maker) word(longest int64) string {
	return m.text(int(3+m.below(longest-3)), '_')
}

func (m *maker) url() string {
	return fmt.Sprintf("https://www.nexmark.com/%s/%s/%s/item.htm?query=1", m.word(5), m.word(5), m.word(5))
}

func newPools(seed uint64) *pools {
	m := &maker{seed: seed}
	p := &pools{letters: m.text(textSize, 0), words: m.text(textSize, ' ')}
	for _, first := range firstNames {
		for _, last := range lastNames {
			p.names = append(p.names, first+" "+last)
		}
	}
	for range poolSize {
		p.emails = append(p.emails, m.word(7)+"@"+m.word(5)+".com")
	}
	for range poolSize {
		digits := make([]string, 4)
		for i := range digits {
			digits[i] = fmt.Sprintf("%04d", m.below(10_000))
		}
		p.cards = append(p.cards, strings.Join(digits, " "))
	}
	for range hotChannels {
		p.hotURLs = append(p.hotURLs, m.url())
	}
	for i := range channels {
		url := m.url()
		if m.below(10) > 0 {
			url += fmt.Sprintf("&channel_id=%d", m.below(1<<30))
		}
		p.channels, p.urls = append(p.channels, fmt.Sprintf("channel-%d", i)), append(p.urls, url)
	}
	return p
}

// piece takes n characters out of a long text.
func piece(from string, bits uint64, n int64) string {
	at := below(bits, int64(len(from))-n)
	return from[at : at+n]
}
