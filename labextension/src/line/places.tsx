/** The windows of a replay as a row of months, and the branches of a fan-out folded into one line. */

import * as React from 'react';

import type { Place } from '../models';
import { duration, figure } from '../moments';
import { Glyph, Rows } from '../panel/parts';
import { atWork, glyph, statusWord, wentWrong } from '../status';
import type { Workbench } from '../workbench';

interface PlacesProps {
  bench: Workbench;
  places: Place[];
  selected: string;
  onSelect: (name: string) => void;
}

/** More windows than these have all the same width, and only those in sight are drawn. */
const PLAIN = 200;
const WIDTH = 96;
const BEYOND = 10;

/** One button for each window, in time; arrow keys walk. */
export function Windows({ bench, places, selected, onSelect }: PlacesProps): JSX.Element {
  const { trans } = bench;
  const values = places.map(place => place.value).filter((value): value is number => value !== null);
  const least = Math.min(...values);
  const span = Math.max(...values) - least;
  const height = (value: number | null) =>
    value === null ? 0 : span > 0 ? 20 + (80 * (value - least)) / span : 60;
  const walk = (event: React.KeyboardEvent<HTMLElement>) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const buttons = [...event.currentTarget.querySelectorAll('button')];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    if (step && buttons[at + step]) {
      event.preventDefault();
      buttons[at + step].focus();
    }
  };
  const shown = places.some(place => place.window === selected)
    ? selected
    : places[places.length - 1]?.window;
  const strip = React.useRef<HTMLDivElement>(null);
  const [left, setLeft] = React.useState(0);
  const isLong = places.length > PLAIN;
  const room = strip.current?.clientWidth ?? 1000;
  const first = isLong ? Math.max(0, Math.floor(left / WIDTH) - BEYOND) : 0;
  const drawn = isLong ? places.slice(first, Math.ceil((left + room) / WIDTH) + BEYOND) : places;
  const stop = drawn.some(place => place.window === shown) ? shown : drawn[0]?.window;
  React.useEffect(() => {
    if (isLong && strip.current) {
      const at = places.findIndex(place => place.window === shown);
      strip.current.scrollLeft = at * WIDTH - room / 2;
      return;
    }
    strip.current
      ?.querySelector('[aria-pressed="true"]')
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [shown]);
  return (
    <div
      ref={strip}
      className="jp-aifactory-windows"
      role="toolbar"
      aria-label={trans.__('Windows')}
      onKeyDown={walk}
      onScroll={event => isLong && setLeft(event.currentTarget.scrollLeft)}
    >
      {first > 0 && <span style={{ flex: 'none', width: first * WIDTH - 4 }} />}
      {drawn.map(place => (
        <button
          key={place.window}
          type="button"
          className="jp-aifactory-window"
          style={isLong ? { boxSizing: 'border-box', width: WIDTH - 4 } : undefined}
          data-status={place.status}
          aria-pressed={place.window === shown}
          tabIndex={place.window === stop ? 0 : -1}
          title={[
            trans.__('%1: %2', place.window, statusWord(place.status, trans)),
            place.value === null ? '' : figure(place.value),
            atWork(place.status) ? '' : duration(place.seconds),
            place.note
          ]
            .filter(Boolean)
            .join(' · ')}
          onClick={() => onSelect(place.window)}
        >
          <span className="jp-aifactory-column" aria-hidden="true">
            <span style={{ height: `${height(place.value)}%` }} />
          </span>
          <span>
            <Glyph status={place.status} trans={trans} /> {place.window}
          </span>
          <span className="jp-aifactory-detail">
            {place.value === null ? place.note || ' ' : figure(place.value)}
          </span>
        </button>
      ))}
      {isLong && <span style={{ flex: 'none', width: (places.length - first - drawn.length) * WIDTH }} />}
    </div>
  );
}

/** All branches in one sentence; unfolded, one row each, worst first. */
export function Branches({ bench, places, selected, onSelect }: PlacesProps): JSX.Element {
  const { trans } = bench;
  const [open, setOpen] = React.useState(places.length <= 5);
  const tally = new Map<Place['status'], number>();
  places.forEach(place => tally.set(place.status, (tally.get(place.status) ?? 0) + 1));
  const words = [...tally].map(([status, count]) => `${glyph(status)} ${count} ${statusWord(status, trans)}`);
  const wrong = places.filter(place => wentWrong(place.status)).length;
  return (
    <div className="jp-aifactory-branches">
      <button
        type="button"
        className="jp-aifactory-main"
        aria-expanded={open}
        data-wrong={wrong > 0}
        onClick={() => setOpen(!open)}
      >
        <span aria-hidden="true">{open ? '▾' : '▸'}</span>
        {trans._n('%1 branch: %2', '%1 branches: %2', places.length, words.join(', '))}
      </button>
      {open && (
        <Rows
          items={places}
          label={trans.__('Segments, worst first')}
          height={26}
          name={place => place.branch}
          row={place => (
            <button
              type="button"
              className="jp-aifactory-main"
              aria-pressed={place.branch === selected}
              title={place.note}
              onClick={() => onSelect(place.branch)}
            >
              <Glyph status={place.status} trans={trans} />
              <span className="jp-aifactory-name">{place.branch}</span>
              <span className="jp-aifactory-aside">
                {[
                  place.value === null ? '' : figure(place.value),
                  atWork(place.status) ? statusWord(place.status, trans) : duration(place.seconds),
                  place.note
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </button>
          )}
        />
      )}
    </div>
  );
}
