package deliver

import (
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"

	"switchboard/pkg/deliver/internal/notice"
	"switchboard/pkg/message"
	"switchboard/pkg/queue"
)

// bounce stores a notice to the sender about those who were refused, and those who were tried
// for long enough. It comes before they go to the shunt queue: if a crash comes between, the
// next claim finds the notice.
func (e *entry) bounce(claim *queue.Claim, x fate) error {
	content, sender := claim.Content, e.plan.Sender("")
	domain := sender[strings.LastIndexByte(sender, '@')+1:]
	report := notice.Report{
		Key: claim.ID.String() + " " + part(x.refused), Domain: domain, To: sender, Now: e.now(), Arrived: arrived(claim.ID),
		Header: content.WriteHeader, Recipients: e.report(x),
	}
	for key, to := range map[string]*string{"Subject": &report.Subject, "Date": &report.Date, "Message-ID": &report.MessageID} {
		*to, _ = content.Decoded(key)
	}
	_, err := claim.Notice("notice-"+part(x.refused), noticeMetadata(content, sender), func(w io.Writer) error {
		return notice.Write(w, report)
	})
	return err
}

// noticeMetadata returns the metadata of a notice: it goes to the sender, from the null sender,
// and has no footer.
func noticeMetadata(c *message.Content, sender string) queue.Metadata {
	from, to, list := "envsender", "recips", "listname"
	if c.Dialect() == message.Mailman3 {
		from, to, list = "sender", "recipients", "listid"
	}
	items := []message.Item{{Key: from, Value: ""}, {Key: to, Value: []any{sender}}, {Key: "nodecorate", Value: true}}
	if name := c.List(); name != "" {
		items = append(items, message.Item{Key: list, Value: name})
	}
	return queue.Metadata{Items: items}
}

// arrived is when an entry came into the queue.
func arrived(id queue.ID) time.Time {
	seconds, fraction := math.Modf(id.Seconds())
	return time.Unix(int64(seconds), int64(fraction*1e9))
}

// report yields the refused recipients for a notice.
func (e *entry) report(x fate) iter.Seq[notice.Recipient] {
	return func(yield func(notice.Recipient) bool) {
		for _, f := range x.refused {
			r := notice.Recipient{Address: f.recipient, Server: e.o.Server.Address, Text: f.answer, GaveUp: !f.refused}
			if code, rest, _ := strings.Cut(f.answer, " "); len(code) == 3 {
				if n, err := strconv.Atoi(code); err == nil {
					r.Code, r.Text = n, rest
				}
			}
			if enhanced, rest, _ := strings.Cut(r.Text, " "); r.Code > 0 && isEnhanced(enhanced, r.Code) {
				r.Enhanced, r.Text = enhanced, rest
			}
			if !yield(r) {
				return
			}
		}
	}
}

// isEnhanced reports whether a word is an enhanced status code (RFC 3463) that goes with a code.
func isEnhanced(word string, code int) bool {
	return strings.HasPrefix(word, fmt.Sprintf("%d.", code/100)) && strings.Count(word, ".") == 2 && strings.Trim(word, "0123456789.") == ""
}
