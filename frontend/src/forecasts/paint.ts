import type { Attachment } from 'svelte/attachments'

/**
 * Keep a canvas as large as its box, sharp on its screen, and painted again whenever what
 * `paint` reads changes, or its size, or the theme.
 */
export function painted(
  paint: (to: CanvasRenderingContext2D, width: number, height: number) => void,
): Attachment<HTMLCanvasElement> {
  return (canvas) => {
    const again = () => {
      const { clientWidth: width, clientHeight: height } = canvas
      const scale = devicePixelRatio
      const [w, h] = [Math.round(width * scale), Math.round(height * scale)]
      if (canvas.width !== w) canvas.width = w
      if (canvas.height !== h) canvas.height = h
      const to = canvas.getContext('2d')!
      to.setTransform(scale, 0, 0, scale, 0, 0)
      to.clearRect(0, 0, width, height)
      paint(to, width, height)
    }
    again()
    const resized = new ResizeObserver(again)
    resized.observe(canvas)
    window.addEventListener('themechange', again)
    return () => {
      resized.disconnect()
      window.removeEventListener('themechange', again)
    }
  }
}
