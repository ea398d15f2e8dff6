/** Registers that hold one thing, in all of their bits: what it is, for the views and hovers that show fields. */
import { field, type Field } from './row';

const value = (name: string, text: string, hi = 31): readonly Field[] => [field(name, hi, 0, text)];
const zero = (text: string, hi = 31): readonly Field[] => value('RAZ', `Reads as zero: ${text}.`, hi);
const threadId = value('ThreadID', 'Whatever software keeps here; the core does not look at it.');
const auxiliary = value('Auxiliary', 'IMPLEMENTATION DEFINED; the core does not look at it.');
const address = (what: string): readonly Field[] => value('VA', `Virtual address ${what}.`);
const cacheData = value(
  'Data',
  'Word that the last RAM index operation read: always 0, there are no caches.',
);
const count = value('Count', 'The count, at the frequency that CNTFRQ tells.', 63);
const compare = value('CompareValue', 'Count at which the timer condition is met.', 63);
const timerValue = value('TimerValue', 'Ticks that are left until the condition is met, signed.');

export const WHOLE_VALUES: Readonly<Record<string, readonly Field[]>> = {
  TCMTR: zero('no tightly coupled memory'),
  ID_AFR0: zero('no IMPLEMENTATION DEFINED features'),
  ID_ISAR5: zero('no instructions of later architectures'),
  AIDR: zero('nothing to tell besides MIDR'),
  FCSEIDR: zero('there is no Fast Context Switch Extension'),
  TPIDRURW: threadId,
  TPIDRURO: threadId,
  TPIDRPRW: threadId,
  HTPIDR: threadId,
  ADFSR: auxiliary,
  AIFSR: auxiliary,
  HADFSR: auxiliary,
  HAIFSR: auxiliary,
  AMAIR0: auxiliary,
  AMAIR1: auxiliary,
  HAMAIR0: auxiliary,
  HAMAIR1: auxiliary,
  HACTLR: zero('the core has no such controls'),
  HACR: zero('the core has no such traps'),
  DFAR: address('of the access that the last Data Abort was taken for'),
  IFAR: address('of the instruction that the last Prefetch Abort was taken for'),
  HDFAR: address('of the access that the last Data Abort was taken to Hyp for'),
  HIFAR: address('of the instruction that the last Prefetch Abort was taken to Hyp for'),
  IL1DATA0: cacheData,
  IL1DATA1: cacheData,
  IL1DATA2: cacheData,
  DL1DATA0: cacheData,
  DL1DATA1: cacheData,
  DL1DATA2: cacheData,
  DL1DATA3: cacheData,
  L2ACTLR: zero('the L2 cache has no controls here'),
  L2PFR: zero('there is no prefetcher'),
  CPUMERRSR: zero('no memory error happens', 63),
  L2MERRSR: zero('no memory error happens', 63),
  PMCCNTR: value('CCNT', 'Cycles; one instruction retired is one cycle.'),
  PMXEVCNTR: value('PMNx', 'Events counted by the counter that PMSELR selects.'),
  CNTFRQ: value('Frequency', 'Frequency of the system counter in Hz, written by firmware.'),
  CNTPCT: count,
  CNTVCT: count,
  CNTVOFF: value('Offset', 'Taken from the physical count to give the virtual count.', 63),
  CNTP_TVAL: timerValue,
  CNTV_TVAL: timerValue,
  CNTHP_TVAL: timerValue,
  CNTP_CVAL: compare,
  CNTV_CVAL: compare,
  CNTHP_CVAL: compare,
  DBGDTRint: value('Data', 'The word in the communications channel.'),
  DBGDTRRXext: value('Data', 'The word from an external debugger: always 0, there is none.'),
  DBGDTRTXext: value('Data', 'The word to an external debugger.'),
  DBGWFAR: value(
    'WFAR',
    'Not used by debug architecture v7.1: a watchpoint tells its address in DFAR or HDFAR.',
  ),
  DBGOSECCR: zero('no external debugger catches exceptions'),
  DBGOSDLR: zero('the OS Double Lock is off'),
  DBGITCTRL: zero('there is no integration mode'),
  DBGPRSR: value('PU', 'Powered up: always 1.'),
  DBGDEVID1: zero('nothing more to tell'),
  DBGDEVID2: zero('nothing more to tell'),
  TEEHBR: value('HandlerBase', 'Address of the ThumbEE handlers; ThumbEE state does not exist here.'),
  JIDR: zero('trivial Jazelle'),
  JOSCR: zero('trivial Jazelle'),
  JMCR: zero('trivial Jazelle'),
};
