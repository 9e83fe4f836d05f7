import type { BatteryCase } from '../battery-case.ts';
import { f01 } from './f01.ts';
import { f03 } from './f03.ts';
import { f04 } from './f04.ts';
import { f05 } from './f05.ts';
import { f07 } from './f07.ts';
import { f09 } from './f09.ts';
import { f13 } from './f13.ts';
import { f20 } from './f20.ts';
import { f28 } from './f28.ts';
import { g13 } from './g13.ts';

/** In the order in which the battery runs them. */
export const cases: readonly BatteryCase[] = [f01, f03, f04, f05, f07, f09, f13, f20, f28, g13];
