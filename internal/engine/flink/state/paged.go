// Package state keeps what operators remember between batches, in memory that the garbage collector need not look into:
// hash tables from keys to dense slots, rows as bytes in slabs, timers, and the bytes of snapshots.
package state

// pageBits is the logarithm of how many values a page holds.
const pageBits = 13

const pageSize = 1 << pageBits

// Paged is an array that grows by pages, so that growing never copies what is there. T holds no pointers where it
// matters: pages of such are not scanned.
type Paged[T any] struct {
	pages [][]T
	n     int
}

// Len is the number of values.
func (p *Paged[T]) Len() int { return p.n }

// Grow makes room for values 0..n-1; new ones are zero.
func (p *Paged[T]) Grow(n int) {
	for p.n < n {
		last := len(p.pages) - 1
		if last < 0 || len(p.pages[last]) == pageSize {
			p.pages = append(p.pages, make([]T, 0, p.room(last+1)))
			last++
		}
		page := p.pages[last]
		more := min(pageSize, len(page)+n-p.n)
		if more > cap(page) {
			page = append(make([]T, 0, min(pageSize, max(more, 2*cap(page)))), page...)
		}
		p.n += more - len(page)
		p.pages[last] = page[:more]
	}
}

// room is the first capacity of a page: small for the first, since many operators hold little.
func (p *Paged[T]) room(page int) int {
	if page == 0 {
		return 16
	}
	return pageSize
}

// At gives the place of value i, which is good until the next Grow.
func (p *Paged[T]) At(i int32) *T { return &p.pages[i>>pageBits][i&(pageSize-1)] }

// Get gives value i.
func (p *Paged[T]) Get(i int32) T { return p.pages[i>>pageBits][i&(pageSize-1)] }

// Set changes value i.
func (p *Paged[T]) Set(i int32, v T) { p.pages[i>>pageBits][i&(pageSize-1)] = v }

// Reset forgets all values, and keeps the first page for new ones.
func (p *Paged[T]) Reset() {
	if len(p.pages) > 0 {
		clear(p.pages[0])
		p.pages = append(p.pages[:0:0], p.pages[0][:0])
	}
	p.n = 0
}
