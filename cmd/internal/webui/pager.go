package webui

import "strconv"

// Pager is a list's page: which rows it has, and the addresses of its neighbours ("" when there is none). The template "pager"
// shows it.
type Pager struct {
	Page, Total, First, Last int // Page, First and Last count from 1; First is 0 without rows
	Previous, Next           string
}

// Paged gives a page of total rows, and the rows' place as a half-open range of the list. A page past the end is the last.
// address tells where a page is.
func Paged(page, size, total int, address func(page int) string) (p Pager, from, to int) {
	last := max(1, (total+size-1)/size)
	p = Pager{Page: min(max(page, 1), last), Total: total}
	from, to = (p.Page-1)*size, min(p.Page*size, total)
	p.First, p.Last = min(from+1, total), to
	if p.Page > 1 {
		p.Previous = address(p.Page - 1)
	}
	if p.Page < last {
		p.Next = address(p.Page + 1)
	}
	return p, from, to
}

// PageNumber reads the page that an address asks for, 1 unless it is a number above.
func PageNumber(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 1
	}
	return max(1, n)
}
