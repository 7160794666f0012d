package pickle

// The opcodes, by the names that Python's pickletools gives them.
const (
	opMark           = '('
	opStop           = '.'
	opPop            = '0'
	opPopMark        = '1'
	opDup            = '2'
	opFloat          = 'F'
	opInt            = 'I'
	opBinInt         = 'J'
	opBinInt1        = 'K'
	opLong           = 'L'
	opBinInt2        = 'M'
	opNone           = 'N'
	opPersID         = 'P'
	opBinPersID      = 'Q'
	opReduce         = 'R'
	opString         = 'S'
	opBinString      = 'T'
	opShortBinString = 'U'
	opUnicode        = 'V'
	opBinUnicode     = 'X'
	opAppend         = 'a'
	opBuild          = 'b'
	opGlobal         = 'c'
	opDict           = 'd'
	opEmptyDict      = '}'
	opAppends        = 'e'
	opGet            = 'g'
	opBinGet         = 'h'
	opInst           = 'i'
	opLongBinGet     = 'j'
	opList           = 'l'
	opEmptyList      = ']'
	opObj            = 'o'
	opPut            = 'p'
	opBinPut         = 'q'
	opLongBinPut     = 'r'
	opSetItem        = 's'
	opTuple          = 't'
	opEmptyTuple     = ')'
	opSetItems       = 'u'
	opBinFloat       = 'G'

	opProto    = 0x80
	opNewObj   = 0x81
	opExt1     = 0x82
	opExt2     = 0x83
	opExt4     = 0x84
	opTuple1   = 0x85
	opTuple2   = 0x86
	opTuple3   = 0x87
	opNewTrue  = 0x88
	opNewFalse = 0x89
	opLong1    = 0x8a
	opLong4    = 0x8b

	opBinBytes      = 'B'
	opShortBinBytes = 'C'

	opShortBinUnicode = 0x8c
	opBinUnicode8     = 0x8d
	opBinBytes8       = 0x8e
	opEmptySet        = 0x8f
	opAddItems        = 0x90
	opFrozenSet       = 0x91
	opNewObjEx        = 0x92
	opStackGlobal     = 0x93
	opMemoize         = 0x94
	opFrame           = 0x95

	opByteArray8     = 0x96
	opNextBuffer     = 0x97
	opReadonlyBuffer = 0x98
)

// An opcode is one row of the table that decoder and disassembler share.
type opcode struct {
	name string
	// proto is the protocol that brought the opcode.
	proto uint8
	arg   argKind
	// run is nil for an opcode that does nothing.
	run func(*decoder, *argument) error
}

// opcodes follows pickletools.opcodes of CPython 3.13, which has those of every
// older version. A row without a name is not an opcode.
var opcodes = [256]opcode{
	opMark:           {"MARK", 0, noArg, (*decoder).mark},
	opStop:           {"STOP", 0, noArg, nil},
	opPop:            {"POP", 0, noArg, (*decoder).dropTop},
	opPopMark:        {"POP_MARK", 1, noArg, (*decoder).dropToMark},
	opDup:            {"DUP", 0, noArg, (*decoder).dup},
	opFloat:          {"FLOAT", 0, textLine, (*decoder).floatText},
	opInt:            {"INT", 0, textLine, (*decoder).intText},
	opBinInt:         {"BININT", 1, int4, (*decoder).binInt},
	opBinInt1:        {"BININT1", 1, uint1, (*decoder).binInt},
	opLong:           {"LONG", 0, textLine, (*decoder).longText},
	opBinInt2:        {"BININT2", 1, uint2, (*decoder).binInt},
	opNone:           {"NONE", 0, noArg, (*decoder).none},
	opPersID:         {"PERSID", 0, textLine, (*decoder).persistent},
	opBinPersID:      {"BINPERSID", 1, noArg, (*decoder).persistent},
	opReduce:         {"REDUCE", 0, noArg, (*decoder).reduce},
	opString:         {"STRING", 0, stringLine, (*decoder).stringText},
	opBinString:      {"BINSTRING", 1, sized4signed, (*decoder).byteString},
	opShortBinString: {"SHORT_BINSTRING", 1, sized1, (*decoder).shortByteString},
	opUnicode:        {"UNICODE", 0, stringLine, (*decoder).unicodeText},
	opBinUnicode:     {"BINUNICODE", 1, sized4, (*decoder).unicode},
	opAppend:         {"APPEND", 0, noArg, (*decoder).appendOne},
	opBuild:          {"BUILD", 0, noArg, (*decoder).build},
	opGlobal:         {"GLOBAL", 0, linePair, (*decoder).global},
	opDict:           {"DICT", 0, noArg, (*decoder).dict},
	opEmptyDict:      {"EMPTY_DICT", 1, noArg, (*decoder).emptyDict},
	opAppends:        {"APPENDS", 1, noArg, (*decoder).appends},
	opGet:            {"GET", 0, textLine, (*decoder).getText},
	opBinGet:         {"BINGET", 1, uint1, (*decoder).get},
	opInst:           {"INST", 0, linePair, (*decoder).inst},
	opLongBinGet:     {"LONG_BINGET", 1, uint4, (*decoder).get},
	opList:           {"LIST", 0, noArg, (*decoder).list},
	opEmptyList:      {"EMPTY_LIST", 1, noArg, (*decoder).emptyList},
	opObj:            {"OBJ", 1, noArg, (*decoder).obj},
	opPut:            {"PUT", 0, textLine, (*decoder).putText},
	opBinPut:         {"BINPUT", 1, uint1, (*decoder).put},
	opLongBinPut:     {"LONG_BINPUT", 1, uint4, (*decoder).put},
	opSetItem:        {"SETITEM", 0, noArg, (*decoder).setItem},
	opTuple:          {"TUPLE", 0, noArg, (*decoder).tuple},
	opEmptyTuple:     {"EMPTY_TUPLE", 1, noArg, (*decoder).emptyTuple},
	opSetItems:       {"SETITEMS", 1, noArg, (*decoder).setItems},
	opBinFloat:       {"BINFLOAT", 1, float8, (*decoder).binFloat},

	opProto:    {"PROTO", 2, uint1, (*decoder).protocol},
	opNewObj:   {"NEWOBJ", 2, noArg, (*decoder).newObj},
	opExt1:     {"EXT1", 2, uint1, (*decoder).extension},
	opExt2:     {"EXT2", 2, uint2, (*decoder).extension},
	opExt4:     {"EXT4", 2, int4, (*decoder).extension},
	opTuple1:   {"TUPLE1", 2, noArg, (*decoder).tuple1},
	opTuple2:   {"TUPLE2", 2, noArg, (*decoder).tuple2},
	opTuple3:   {"TUPLE3", 2, noArg, (*decoder).tuple3},
	opNewTrue:  {"NEWTRUE", 2, noArg, (*decoder).newTrue},
	opNewFalse: {"NEWFALSE", 2, noArg, (*decoder).newFalse},
	opLong1:    {"LONG1", 2, long1, (*decoder).binLong},
	opLong4:    {"LONG4", 2, long4, (*decoder).binLong},

	opBinBytes:      {"BINBYTES", 3, sized4, (*decoder).bytes},
	opShortBinBytes: {"SHORT_BINBYTES", 3, sized1, (*decoder).bytes},

	opShortBinUnicode: {"SHORT_BINUNICODE", 4, sized1, (*decoder).unicode},
	opBinUnicode8:     {"BINUNICODE8", 4, sized8, (*decoder).unicode},
	opBinBytes8:       {"BINBYTES8", 4, sized8, (*decoder).bytes},
	opEmptySet:        {"EMPTY_SET", 4, noArg, (*decoder).emptySet},
	opAddItems:        {"ADDITEMS", 4, noArg, (*decoder).addItems},
	opFrozenSet:       {"FROZENSET", 4, noArg, (*decoder).frozenSet},
	opNewObjEx:        {"NEWOBJ_EX", 4, noArg, (*decoder).newObjEx},
	opStackGlobal:     {"STACK_GLOBAL", 4, noArg, (*decoder).stackGlobal},
	opMemoize:         {"MEMOIZE", 4, noArg, (*decoder).memoize},
	opFrame:           {"FRAME", 4, uint8b, (*decoder).frame},

	opByteArray8:     {"BYTEARRAY8", 5, sized8, (*decoder).byteArray},
	opNextBuffer:     {"NEXT_BUFFER", 5, noArg, (*decoder).outOfBand},
	opReadonlyBuffer: {"READONLY_BUFFER", 5, noArg, (*decoder).outOfBand},
}
