package smtpd

import (
	"bufio"
	"crypto/tls"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// dialogue is one connection. Its Step is where it is.
type dialogue struct {
	Step
	server *Server
	conn   net.Conn
	r      *bufio.Reader
	tls    bool
	closed bool
	greets bool
	user   string
	// mail is the transaction; nil means that there is none.
	mail *Mail
}

func (d *dialogue) run() {
	d.Verb = "CONNECT"
	d.answer("220 mx.test.example ESMTP")
	for !d.closed {
		line, err := d.r.ReadString('\n')
		if err != nil {
			return
		}
		text, ok := strings.CutSuffix(line, "\r\n")
		if !ok || strings.ContainsAny(text, "\r\x00") {
			d.server.complain("a command has a bare CR, LF or NUL: %q", line)
		}
		if !utf8.ValidString(text) || len(line) > 2048 {
			d.server.complain("a command is too long or not UTF-8: %.100q", line)
		}
		verb, rest, _ := strings.Cut(text, " ")
		d.Verb, d.Address = strings.ToUpper(verb), ""
		if d.r.Buffered() > 0 && (!d.offers("PIPELINING") || !slices.Contains([]string{"MAIL", "RCPT", "RSET"}, d.Verb)) {
			d.server.complain("%s: the client did not wait for the answer", d.Verb)
		}
		d.command(text, rest)
	}
}

func (d *dialogue) command(text, rest string) {
	o := d.server.opts
	switch d.Verb {
	case "EHLO", "LHLO", "HELO":
		if (d.Verb == "LHLO") != o.LMTP {
			d.server.complain("%s to the wrong kind of server", d.Verb)
		}
		d.hello(rest)
	case "STARTTLS":
		d.startTLS()
	case "AUTH":
		d.authenticate(rest)
	case "MAIL":
		d.from(rest)
	case "RCPT":
		d.to(rest)
	case "DATA":
		d.data()
	case "RSET":
		d.mail = nil
		d.answer("250 2.0.0 OK")
	case "NOOP":
		d.answer("250 2.0.0 OK")
	case "QUIT":
		d.answer("221 2.0.0 bye")
		d.closed = true
	default:
		d.server.complain("unknown command %.100q", text)
		d.answer("500 5.5.2 unknown command")
	}
}

// offers reports whether the server has an extension now.
func (d *dialogue) offers(extension string) bool {
	o := d.server.opts
	switch extension {
	case "STARTTLS":
		return o.TLS != nil && !d.tls
	case "AUTH":
		return o.User != "" && (o.TLS == nil || d.tls)
	case "SIZE":
		return o.Size > 0
	}
	return !o.HELO && !slices.Contains(o.Omit, extension)
}

func (d *dialogue) hello(name string) {
	if name == "" {
		d.server.complain("%s without a name", d.Verb)
	}
	o := d.server.opts
	d.mail = nil
	if o.HELO && d.Verb != "HELO" {
		d.answer("502 5.5.1 unknown command")
		return
	}
	d.greets = true
	lines := []string{"250 mx.test.example"}
	if d.Verb != "HELO" {
		for _, e := range []string{"PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "STARTTLS", "SIZE", "AUTH"} {
			if !d.offers(e) {
				continue
			}
			switch e {
			case "SIZE":
				e += " " + strconv.FormatInt(o.Size, 10)
			case "AUTH":
				e += " PLAIN LOGIN"
			}
			lines = append(lines, "250 "+e)
		}
	}
	d.answer(strings.Join(lines, "\n"))
}

func (d *dialogue) startTLS() {
	if !d.offers("STARTTLS") {
		d.server.complain("STARTTLS was not offered")
		d.answer("502 5.5.1 not offered")
		return
	}
	if !d.answer("220 2.0.0 begin") {
		return
	}
	c := tls.Server(d.conn, d.server.opts.TLS)
	c.SetDeadline(time.Now().Add(time.Minute))
	if err := c.Handshake(); err != nil {
		d.closed = true
		return
	}
	c.SetDeadline(time.Time{})
	d.conn, d.tls, d.greets = c, true, false
	d.r = bufio.NewReaderSize(c, 64<<10)
}

// answer sends the script's reply, or else the given one, and reports whether that is a 2xx or
// 3xx and the connection goes on.
func (d *dialogue) answer(text string) bool {
	reply := Reply{}
	if d.server.opts.Script != nil {
		reply = d.server.opts.Script(d.Step)
	}
	if reply.Text == "" && !reply.Close {
		reply.Text = text
	}
	return d.send(reply)
}

// send sends a reply.
func (d *dialogue) send(reply Reply) bool {
	if reply.Wait != nil {
		select {
		case <-reply.Wait:
		case <-d.server.done:
			d.closed = true
			return false
		}
	}
	d.count(reply)
	out := reply.Text
	if !reply.Raw && out != "" {
		out = lines(out)
	}
	for out != "" {
		if _, err := d.conn.Write([]byte(out)); err != nil {
			d.closed = true
			return false
		}
		if !reply.Endless {
			break
		}
	}
	if reply.Close || strings.HasPrefix(reply.Text, "421") {
		d.closed = true
	}
	return !d.closed && reply.positive()
}

func (r Reply) positive() bool {
	return strings.HasPrefix(r.Text, "2") || strings.HasPrefix(r.Text, "3")
}

// takes reports whether the message is taken with this answer to it.
func (r Reply) takes() bool { return r.Took || len(r.Text) > 3 && r.Text[0] == '2' }

func (d *dialogue) count(reply Reply) {
	code := "-"
	if len(reply.Text) >= 3 {
		code = reply.Text[:3]
	}
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	d.server.steps[d.Verb]++
	d.server.steps[d.Verb+" "+code]++
}

// lines puts the lines of a reply as SMTP wants them: all but the last with a hyphen.
func lines(text string) string {
	all := strings.Split(text, "\n")
	for i, line := range all {
		if i > 0 && (len(line) < 4 || line[:3] != all[0][:3]) {
			line = all[0][:3] + " " + line
		}
		if i < len(all)-1 {
			line = line[:3] + "-" + line[min(4, len(line)):]
		}
		all[i] = line + "\r\n"
	}
	return strings.Join(all, "")
}
