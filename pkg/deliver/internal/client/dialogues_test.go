package client

// sendTests are transactions with one mail: what the two sides say, what becomes of the
// recipients, and what is reported about the connection.
var sendTests = []struct {
	name   string
	scheme string
	to     string
	script string
	want   string
	kind   Kind
}{
	{"one by one", "smtp", "a@x b@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: RCPT TO:<b@x>
S: 251 will forward
C: DATA
S: 354 go
C: Subject: x
C: 
C: ..dot
C: .
S: 250 2.0.0 queued as 1`, "taken, end of data: 250 2.0.0 queued as 1\ntaken, end of data: 250 2.0.0 queued as 1\n", 0},

	{"pipelined", "smtp", "a@x b@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: RCPT TO:<b@x>
C: DATA
S: 250 ok
S: 250 ok
S: 550 5.1.1 no such user
S: 354 go
C: Subject: x
C: 
C: ..dot
C: .
S: 250 ok`, "taken, end of data: 250 ok\nnever, RCPT: 550 5.1.1 no such user\n", 0},

	{"MAIL refused", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 451 4.3.0 not now`, "later, MAIL: 451 4.3.0 not now\n", 0},

	{"MAIL refused, pipelined", "smtp", "a@x b@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: RCPT TO:<b@x>
C: DATA
S: 550 5.7.1 not you
S: 503 MAIL first
S: 503 MAIL first
S: 503 RCPT first`, "never, MAIL: 550 5.7.1 not you\nnever, MAIL: 550 5.7.1 not you\n", 0},

	{"MAIL refused, DATA taken: only the dot", "smtp", "a@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: DATA
S: 450 no
S: 503 MAIL first
S: 354 go
C: .
S: 554 no recipients`, "later, MAIL: 450 no\n", 0},

	{"MAIL refused, RCPT and DATA taken: not even the dot", "smtp", "a@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: DATA
S: 450 no
S: 250 ok
S: 354 go`, "later, MAIL: 450 no\n", Lost},

	{"nobody taken: no DATA", "smtp", "a@x b@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 450 4.2.1 full
C: RCPT TO:<b@x>
S: 550 no`, "later, RCPT: 450 4.2.1 full\nnever, RCPT: 550 no\n", 0},

	{"nobody taken, DATA taken: only the dot", "smtp", "a@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: DATA
S: 250 ok
S: 550 no
S: 354 go
C: .
S: 250 taken, says the server, for nobody`, "never, RCPT: 550 no\n", 0},

	{"552 to RCPT is for now", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 552 5.2.2 over quota`, "later, RCPT: 552 5.2.2 over quota\n", 0},

	{"too many recipients", "smtp", "a@x b@x c@x d@x e@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: RCPT TO:<b@x>
C: RCPT TO:<c@x>
C: RCPT TO:<d@x>
C: RCPT TO:<e@x>
C: DATA
S: 250 ok
S: 250 ok
S: 250 ok
S: 452 4.5.3 too many
S: 452 4.2.2 mailbox full
S: 552 too many
S: 354 go
C: Subject: x
C: 
C: ..dot
C: .
S: 250 ok`, "taken, end of data: 250 ok\ntaken, end of data: 250 ok\nlater, too many recipients: 452 4.5.3 too many\n" +
		"later, RCPT: 452 4.2.2 mailbox full\nlater, too many recipients: 552 too many\n", 0},

	{"DATA refused", "smtp", "a@x b@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: RCPT TO:<b@x>
C: DATA
S: 250 ok
S: 250 ok
S: 550 no
S: 451 later`, "later, DATA: 451 later\nnever, RCPT: 550 no\n", 0},

	{"text refused", "smtp", "a@x b@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: RCPT TO:<b@x>
S: 550 no
C: DATA
S: 354 go
C: Subject: x
C: 
C: ..dot
C: .
S: 554 5.7.1 spam`, "never, end of data: 554 5.7.1 spam\nnever, RCPT: 550 no\n", 0},

	{"LMTP, each its own, one of them twice", "lmtp", "a@x b@x a@x c@x", local3 + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: RCPT TO:<b@x>
C: RCPT TO:<a@x>
C: RCPT TO:<c@x>
C: DATA
S: 250 ok
S: 250 ok
S: 550 no
S: 250 ok
S: 250 ok
S: 354 go
C: Subject: x
C: 
C: ..dot
C: .
S: 250 2.0.0 first
S: 452 4.2.2 full
S: 554 5.0.0 never`, "taken, end of data: 250 2.0.0 first\nnever, RCPT: 550 no\nlater, end of data: 452 4.2.2 full\nnever, end of data: 554 5.0.0 never\n", 0},

	{"LMTP, cut between answers", "lmtp", "a@x b@x", local3 + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: RCPT TO:<b@x>
C: DATA
S: 250 ok
S: 250 ok
S: 250 ok
S: 354 go
C: Subject: x
C: 
C: ..dot
C: .
S: 250 first
cut`, "taken, end of data: 250 first\nlater, unknown: the server closed the connection\n", Lost},

	{"421 to MAIL", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 421 4.3.2 going down
cut`, "later, MAIL: 421 4.3.2 going down\n", RefusedNow},

	{"421 to RCPT", "smtp", "a@x b@x c@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 550 no
C: RCPT TO:<b@x>
S: 421 going down
cut`, "never, RCPT: 550 no\nlater, RCPT: 421 going down\nlater, RCPT: 421 going down\n", RefusedNow},

	{"421 to DATA", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: DATA
S: 421 going down
cut`, "later, DATA: 421 going down\n", RefusedNow},

	{"421 to the text", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: DATA
S: 354 go
C: Subject: x
C: 
C: ..dot
C: .
S: 421 going down
cut`, "later, end of data: 421 going down\n", RefusedNow},

	{"cut after the dot", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: DATA
S: 354 go
C: Subject: x
C: 
C: ..dot
C: .
R: 250 o
cut`, "later, unknown: the server closed the connection\n", Lost},

	{"530 is about us", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 530 5.7.0 authenticate first`, "later, MAIL: 530 5.7.0 authenticate first\n", AuthFailed},

	{"text on several lines", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250-2.1.0 550 5.1.1 is not the code
S: 250 2.1.0 ok
C: RCPT TO:<a@x>
R: 550-5.1.1 250 ok\x00\x1b[31m\r\n550-5.1.1 250 really\xff\r\n550 5.1.1\r\n`, "never, RCPT: 550 5.1.1 250 ok\ufffd\ufffd[31m 250 really\ufffd\n", 0},

	{"code without text", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250
C: RCPT TO:<a@x>
R: 550\n`, "never, RCPT: 550\n", 0},

	{"enhanced code of another class", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 450 5.1.1 hm`, "later, RCPT: 450 5.1.1 hm\n", 0},

	{"two codes in one answer", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250-ok
S: 550 no`, "later, RCPT: the server's answer makes no sense: 550 no\n", Lost},

	{"two codes after the dot", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: DATA
S: 354 go
C: Subject: x
C: 
C: ..dot
C: .
S: 550-no
S: 250 ok`, "later, unknown: the server's answer makes no sense: 250 ok\n", Lost},

	{"354 to MAIL", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 354 go`, "later, MAIL: the server's answer makes no sense: 354 go\n", Lost},

	{"354 to RCPT", "smtp", "a@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: DATA
S: 250 ok
S: 354 go`, "later, RCPT: the server's answer makes no sense: 354 go\n", Lost},

	{"220 to RCPT", "smtp", "a@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: DATA
S: 250 ok
S: 220 mx`, "later, RCPT: the server's answer makes no sense: 220 mx\n", Lost},

	{"250 to DATA", "smtp", "a@x", piping + `
C: MAIL FROM:<list-bounces@example.com>
C: RCPT TO:<a@x>
C: DATA
S: 250 ok
S: 250 ok
S: 250 ok`, "later, DATA: the server's answer makes no sense: 250 ok\n", Lost},

	{"354 to the text", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: DATA
S: 354 go
C: Subject: x
C: 
C: ..dot
C: .
S: 354 go on`, "later, unknown: the server's answer makes no sense: 354 go on\n", Lost},

	{"999", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 999 what`, "later, MAIL: the server's answer makes no sense: 999 what\n", Lost},

	{"half a code", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
R: 2\r\n50 ok\r\n`, "later, MAIL: the server's answer makes no sense: 2\n", Lost},

	{"an answer before the text", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: DATA
R: 354 go\r\n250 queued\r\n`, "later, DATA: the server answered what was not asked\n", Lost},

	{"a refusal before the text", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 250 ok
C: RCPT TO:<a@x>
S: 250 ok
C: DATA
R: 354 go\r\n552 5.3.4 too large\r\n`, "never, DATA: 552 5.3.4 too large\n", 0},
}
