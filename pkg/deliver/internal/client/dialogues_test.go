package client

// sendTest is a transaction with one mail: what the two sides say, what becomes of the
// recipients, and what is reported about the connection.
type sendTest struct {
	name   string
	scheme string
	to     string
	script string
	want   string
	kind   Kind
}

// sendTests are transactions with servers that keep to the rules.
var sendTests = []sendTest{
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

	{"552 to MAIL", "smtp", "a@x", single + `
C: MAIL FROM:<list-bounces@example.com>
S: 552 5.3.4 larger than we take`, "never, MAIL: 552 5.3.4 larger than we take\n", 0},

	{"552 to the text", "smtp", "a@x", single + `
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
S: 552 5.2.2 over quota`, "later, end of data: 552 5.2.2 over quota\n", 0},

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
}
