// Package notice writes delivery status notifications (RFC 3464): what a sender is told of
// the recipients that a message did not reach.
package notice

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"net/textproto"
	"time"
)

// Report is what a notice says. Texts may come from strangers and hold any bytes.
type Report struct {
	// Key tells this notice from all others. The Message-ID is made of it, so a notice
	// that is written twice has the same one.
	Key string
	// Domain is the domain of the list. The notice comes from MAILER-DAEMON there.
	Domain string
	// To is the envelope sender of the message.
	To string
	// Now is the date of the notice. Arrived is when the message was stored; it may be
	// zero.
	Now, Arrived time.Time
	// Subject, Date and MessageID are fields of the message, decoded. They may be empty.
	Subject, Date, MessageID string
	// Header writes the header fields of the message. Write returns its errors.
	Header func(io.Writer) error
	// Recipients are those that the message did not reach. Write goes through them more than
	// once.
	Recipients iter.Seq[Recipient]
}

// Recipient is an address that the message did not reach.
type Recipient struct {
	Address string
	// Server is the name or the address of the server that refused it, or "" if no server
	// was asked.
	Server string
	// Code, Enhanced and Text are the server's answer: 550, "5.1.1" and "User unknown".
	// Code may be 0 and Enhanced may be "". If there is no Server they are our own.
	Code           int
	Enhanced, Text string
	// GaveUp says that the recipient was tried for so long that it was given up. Then the
	// answer is the last one.
	GaveUp bool
}

// Write writes a notice as lines that end in LF. All bytes are ASCII unless To is not.
func Write(w io.Writer, r Report) error {
	original, err := r.original()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(withoutCR{w})
	parts := multipart.NewWriter(out)
	if err := parts.SetBoundary(r.boundary(original)); err != nil {
		return err
	}
	r.header(out, parts.Boundary())
	for _, part := range []struct {
		header textproto.MIMEHeader
		write  func(io.Writer) error
	}{
		{quoted("text/plain; charset=utf-8", "Notification"), r.text},
		{textproto.MIMEHeader{"Content-Type": {"message/delivery-status"}, "Content-Description": {"Delivery report"}}, r.status},
		{quoted("text/rfc822-headers; charset=utf-8", "Header of the message"), original.write},
	} {
		p, err := parts.CreatePart(part.header)
		if err != nil {
			return err
		}
		if err := part.write(p); err != nil {
			return err
		}
	}
	if err := parts.Close(); err != nil {
		return err
	}
	return out.Flush()
}

// header writes the header of the notice. Errors stay in out.
func (r *Report) header(out *bufio.Writer, boundary string) {
	fmt.Fprintf(out, "From: Mail Delivery System <MAILER-DAEMON@%s>\n", host(r.Domain))
	fmt.Fprintf(out, "To: %s\n", mailbox(r.To))
	fmt.Fprintf(out, "Subject: Undelivered mail\n")
	fmt.Fprintf(out, "Date: %s\n", r.Now.Format(time.RFC1123Z))
	fmt.Fprintf(out, "Message-ID: <%s@%s>\n", r.id(), host(r.Domain))
	if id, ok := messageID(r.MessageID); ok {
		fmt.Fprintf(out, "In-Reply-To: %s\nReferences: %s\n", id, id)
	}
	fmt.Fprintf(out, "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n")
	fmt.Fprintf(out, "Content-Type: multipart/report; report-type=delivery-status;\n boundary=\"%s\"\n\n", boundary)
}

func (r *Report) id() string {
	sum := sha256.Sum256([]byte(r.Key))
	return "notice-" + hex.EncodeToString(sum[:16])
}

// boundary depends on everything that strangers wrote, so none of them can have written a
// line that looks like it.
func (r *Report) boundary(original original) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q %s", r.Key, r.Subject, r.Date, r.MessageID, original)
	for one := range r.Recipients {
		fmt.Fprintf(h, "%q %q %q %q", one.Address, one.Server, one.Enhanced, one.Text)
	}
	return "=_" + hex.EncodeToString(h.Sum(nil)[:16])
}

func quoted(kind, description string) textproto.MIMEHeader {
	return textproto.MIMEHeader{
		"Content-Type":              {kind},
		"Content-Description":       {description},
		"Content-Transfer-Encoding": {"quoted-printable"},
	}
}

// withoutCR turns the CRLF of the MIME packages into LF. No other CR comes to it.
type withoutCR struct{ w io.Writer }

func (c withoutCR) Write(p []byte) (int, error) {
	lines := make([]byte, 0, len(p))
	for _, b := range p {
		if b != '\r' {
			lines = append(lines, b)
		}
	}
	if _, err := c.w.Write(lines); err != nil {
		return 0, err
	}
	return len(p), nil
}
